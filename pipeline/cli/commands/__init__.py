"""The commands, one module each, named like the command. Each has one function: a Click command.

They read options, call one operation and show its result; everything heavy is imported inside the function, so that
`--help` is quick. May import `cli` modules other than `main`, and every room below.
"""
