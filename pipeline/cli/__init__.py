"""What a person types and sees: Click, the terminal, the configuration file. One module per command.

May import every other room; nothing imports it. Must hold no policy: what the program can do is in `operations`.
"""
