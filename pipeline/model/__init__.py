"""The types that travel from room to room: sources, rows, findings, runs, configuration.

All of them are frozen and take keywords only; a bad row is an `Outcome`, not an exception. May import `errors` and
`schemas.endpoint`, and pandas for type checking only, so that importing this room costs nothing.
"""
