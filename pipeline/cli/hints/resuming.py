"""How a run goes on, for the hints of several rooms. Imports nothing."""

RESUME = "`nexudus-import resume --last` goes on from here"
