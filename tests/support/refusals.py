"""How a command refuses: what it says and nothing else, on stderr, with the documented exit code."""

from click.testing import Result

from pipeline.errors import ExitCode


def refused(result: Result, code: int, message: str, *, advice: str | None = None) -> None:
    """The command said this and no more, with this exit code, and said it on stderr."""
    assert result.stderr == (message if advice is None else f"{message}\n{advice}") + "\n"
    assert result.stdout == ""
    assert result.exit_code == code


def refused_option(result: Result, option: str, message: str) -> None:
    """The command showed its usage, then what is wrong with the option."""
    assert result.stderr.splitlines()[-1] == f"Error: Invalid value for '{option}': {message}"
    assert "Traceback" not in result.stderr
    assert result.stdout == ""
    assert result.exit_code == ExitCode.USAGE
