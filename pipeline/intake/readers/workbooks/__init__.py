"""What a workbook holds, got out of it by fastexcel in a process of its own.

`package` knows a workbook by its content, `extraction` is what runs in that process, `process` runs it and hands
its result back as an `extract`. May import `pipeline.errors`; knows nothing of headers, fields or sources.
"""
