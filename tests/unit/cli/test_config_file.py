"""Options from the configuration file."""

from pathlib import Path

import pytest

from pipeline.cli.config_file import DEFAULT_FILE, read_config
from pipeline.cli.hints import hint_of
from pipeline.errors import ConfigurationError

KNOWN = {"base_url", "concurrency", "strict", "set", "stop_after"}


def write(text, name=str(DEFAULT_FILE)):
    path = Path(name)
    path.write_text(text, encoding="utf-8")
    return path


def values(*where):
    return {name: setting.value for name, setting in read_config(*where).items()}


def test_no_file_is_no_option():
    assert values(None, None, KNOWN) == {}


def test_the_file_of_this_folder_is_found():
    write('concurrency = 5\nstrict = true\nset = [["Active", "yes"]]\n')
    assert values(None, None, KNOWN) == {"concurrency": 5, "strict": True, "set": [["Active", "yes"]]}


def test_a_file_that_is_named_stands_in_for_it():
    write("concurrency = 5\n")
    other = write("concurrency = 6\n", "other.toml")
    assert values(other, None, KNOWN) == {"concurrency": 6}


def test_dashes_and_underscores_are_alike():
    write('base-url = "https://a.example"\nstop_after = 3\n')
    assert values(None, None, KNOWN) == {"base_url": "https://a.example", "stop_after": 3}


def test_a_profile_comes_on_top():
    write("concurrency = 5\nstrict = true\n[profiles.night]\nconcurrency = 9\n[profiles.day]\nconcurrency = 1\n")
    assert values(None, "night", KNOWN) == {"concurrency": 9, "strict": True}
    assert values(None, None, KNOWN) == {"concurrency": 5, "strict": True}


def test_a_profile_replaces_an_option_however_either_is_spelt():
    write('base-url = "https://a.example"\n[profiles.night]\nbase_url = "https://b.example"\n')
    assert values(None, "night", KNOWN) == {"base_url": "https://b.example"}
    write('base_url = "https://a.example"\n[profiles.night]\nbase-url = "https://b.example"\n')
    assert values(None, "night", KNOWN) == {"base_url": "https://b.example"}


@pytest.mark.parametrize(
    ("text", "profile", "message"),
    [
        (
            "colour = 1\nsize = 2\n",
            None,
            "nexudus-import.toml, line 1: colour: no such option.\nnexudus-import.toml, line 2: size: no such option.",
        ),
        (
            "[profiles.night]\ncolour = 1\n",
            "night",
            "nexudus-import.toml, line 2 [profiles.night]: colour: no such option.",
        ),
        (
            "strict = true\n\n[profiles.day]\nconcurency = 1\n",
            None,
            "nexudus-import.toml, line 4 [profiles.day]: concurency: no such option; the nearest is concurrency.",
        ),
        ("stop-afer = 1\n", None, "nexudus-import.toml, line 1: stop-afer: no such option; the nearest is stop-after."),
        ("[profiles.day]\n", "night", "--profile night: nexudus-import.toml has no such profile."),
        ("concurrency = 5\n", "night", "--profile night: nexudus-import.toml has no such profile."),
        ("profiles = 5\n", "night", "nexudus-import.toml, line 1: profiles: is not a table of options."),
        ("[profiles]\nnight = 5\n", "night", "nexudus-import.toml, line 2: profiles.night: is not a table of options."),
    ],
)
def test_a_mistake_is_named(text, profile, message):
    write(text)
    with pytest.raises(ConfigurationError) as caught:
        read_config(None, profile, KNOWN)
    assert caught.value.message == message


def test_each_value_has_its_place():
    write("concurrency = 5\nstrict = true\n[profiles.night]\nconcurrency = 9\n")
    places = {name: setting.place for name, setting in read_config(None, "night", KNOWN).items()}
    assert places == {
        "concurrency": "nexudus-import.toml, line 4 [profiles.night]",
        "strict": "nexudus-import.toml, line 2",
    }


def test_the_profiles_that_there_are_are_named():
    write("[profiles.night]\n[profiles.day]\n")
    with pytest.raises(ConfigurationError) as caught:
        read_config(None, "evening", KNOWN)
    assert hint_of(caught.value) == "It has: day, night."


def test_what_is_no_toml_is_refused_with_its_line():
    write("concurrency = 5\nstrict = maybe\n")
    with pytest.raises(ConfigurationError, match=r"nexudus-import\.toml: .*line 2"):
        read_config(None, None, KNOWN)


@pytest.mark.parametrize("content", [None, b"\xff\xfe\xff"])
def test_a_file_that_cannot_be_read_is_refused(content):
    path = Path("other.toml")
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"other\.toml: cannot be read"):
        read_config(path, None, KNOWN)


def test_a_profile_without_a_file_is_refused():
    with pytest.raises(ConfigurationError, match="--profile night: there is no configuration file"):
        read_config(None, "night", KNOWN)
