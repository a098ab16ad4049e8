"""What the program can do, one module per operation: run, resume, validate, undo, look back.

The only room that knows all the others. Must know nothing of Click or of terminals: it talks to an `Observer`.
"""
