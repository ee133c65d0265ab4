"""Where documents are put, as the settings say it: each kind's own options, and their faults."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from publishers.targets import directory, object_store
from statuspage._settings_targets import secret_variable
from tests.statuspage.test_settings import SERVICE, load, problems

FOLDER = '[[targets]]\nname = "page"\npath = "page"\n'
BUCKET = """
[[targets]]
name = "cdn-it"
kind = "object_store"
bucket = "stato"
prefix = "pages/stato"
region = "eu-south-1"
"""
ENV = {
    "AVVISO_TARGET_CDN_IT_ACCESS_KEY_ID": "id-1",
    "AVVISO_TARGET_CDN_IT_SECRET_ACCESS_KEY": "secret-2",
}


def test_a_page_may_have_several_targets(tmp_path: Path) -> None:
    settings = load(tmp_path, SERVICE + BUCKET + FOLDER, ENV)
    bucket, folder = settings.targets
    assert isinstance(bucket.options, object_store.Options)
    assert isinstance(folder.options, directory.Options)
    assert bucket.place == "https://s3.eu-south-1.amazonaws.com/stato/pages/stato/"
    assert bucket.path is None
    assert folder.path == tmp_path / "data" / "page"
    assert settings.documents_path == folder.path
    assert load(tmp_path, SERVICE + BUCKET, ENV).documents_path is None


def test_a_targets_secrets(tmp_path: Path) -> None:
    settings = load(tmp_path, SERVICE + BUCKET, ENV)
    assert dict(settings.targets[0].secrets) == {
        "access_key_id": "id-1",
        "secret_access_key": "secret-2",
    }
    assert set(settings.secret_values()) == {"id-1", "secret-2"}
    assert settings.missing_secrets() == ()
    assert "secret-2" not in repr(settings)
    assert load(tmp_path, SERVICE + BUCKET).missing_secrets() == tuple(ENV)


def test_no_channels_secret_is_taken_for_a_targets() -> None:
    assert secret_variable("cdn-it", "access_key_id") not in ENV


@pytest.mark.parametrize(
    ("instead", "by", "told"),
    [
        ('bucket = "stato"', "", "targets[0].bucket: is missing"),
        ('"stato"', '"a/b"', "targets[0].bucket: 'a/b' is no bucket's name"),
        ('"stato"', '"st"', "targets[0].bucket: 'st' is no bucket's name"),
        ('"stato"', "3", "targets[0].bucket: should be a valid string"),
        ("pages/stato", "/stato", "targets[0].prefix: '/stato' should be like 'status'"),
        ("pages/stato", "stato/", "targets[0].prefix: 'stato/' should be like"),
        ("pages/stato", "a/../b", "targets[0].prefix: 'a/../b' should be like"),
        ('region = "eu-south-1"', "", "targets[0].region: is missing, as in 'eu-south-1'"),
        ("eu-south-1", "Milan!", "targets[0].region: 'Milan!' should be like 'eu-south-1'"),
        ("region", "regoin", "targets[0].regoin: is not known here; did you mean 'region'?"),
        ("bucket", 'path = "x"\nbucket', "targets[0].path: is not known here"),
        ("cdn-it", "CDN", "targets[0].name: 'CDN' should be 1 to 40 of a-z"),
        ('name = "cdn-it"', "", "targets[0].name: is missing"),
        ("object_store", "objectstore", "no kind 'objectstore'; did you mean 'object_store'?"),
        (
            'region = "eu-south-1"',
            'access_key_id = "hunter2"',
            "targets[0].access_key_id: is not known here",
        ),
    ],
)
def test_what_is_wrong_with_a_bucket(tmp_path: Path, instead: str, by: str, told: str) -> None:
    assert instead in BUCKET
    found = problems(tmp_path, SERVICE + BUCKET.replace(instead, by, 1), ENV)
    assert any(told in problem for problem in found), found
    assert "hunter2" not in "".join(found)


@pytest.mark.parametrize(
    ("endpoint", "told"),
    [
        ("http://minio.example.org", "should be https://, or say `allow_http = true` as well"),
        ("http://127.0.0.1.example.org:9000", "should be https://"),
        ("ftp://minio.example.org", "should be like https://s3.example.org"),
        ("minio.example.org", "should be like https://s3.example.org"),
        ("https://", "should be like https://s3.example.org"),
        ("https://minio.example.org/", "should be like https://s3.example.org"),
        ("https://minio.example.org/stato", "should be like https://s3.example.org"),
        ("https://ada:hunter2@minio.example.org", "should have no user and no password"),
        ("https://minio.example.org:99999", "is no address"),
        ("https://[::1", "is no address"),
    ],
)
def test_what_is_wrong_with_an_endpoint(tmp_path: Path, endpoint: str, told: str) -> None:
    found = problems(tmp_path, SERVICE + BUCKET + f'endpoint = "{endpoint}"\n', ENV)
    assert len(found) == 1
    assert found[0].startswith(f"targets[0].endpoint: {told}")
    assert "hunter2" not in found[0]


@pytest.mark.parametrize(
    "more",
    [
        'endpoint = "https://minio.example.org:9000"',
        'endpoint = "http://127.0.0.1:9000"',
        'endpoint = "http://[::1]:9000"',
        'endpoint = "http://localhost:9000"',
        'endpoint = "http://minio.example.org"\nallow_http = true',
    ],
)
def test_other_providers_need_no_region(tmp_path: Path, more: str) -> None:
    text = BUCKET.replace('region = "eu-south-1"', more)
    options = load(tmp_path, SERVICE + text, ENV).targets[0].options
    assert isinstance(options, object_store.Options)
    assert options.region == "us-east-1"


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        ("", "", "another target is put there already"),
        ("pages/stato", "pages/stato", "another target is put there already"),
        ("pages", "pages/stato", "is inside another target's place, or has one inside"),
        ("pages/stato", "", "is inside another target's place, or has one inside"),
        ("pages/stato", "pages/stato-2", ""),
    ],
)
def test_no_two_targets_in_one_place(tmp_path: Path, first: str, second: str, told: str) -> None:
    one = BUCKET.replace("pages/stato", first)
    two = BUCKET.replace("pages/stato", second).replace("cdn-it", "other")
    if not told:
        assert len(load(tmp_path, SERVICE + one + two).targets) == 2
        return
    assert problems(tmp_path, SERVICE + one + two) == [f"targets[1].bucket: {told}"]


def test_nor_one_folder_inside_another(tmp_path: Path) -> None:
    inside = FOLDER.replace('"page"', '"two"', 1).replace('path = "page"', 'path = "page/two"')
    told = problems(tmp_path, SERVICE + FOLDER + inside)
    assert told == ["targets[1].path: is inside another target's place, or has one inside"]


WITHOUT = """
import sys
from pathlib import Path
sys.modules["obstore"] = None
from statuspage.settings import SettingsError, load_settings
try:
    load_settings(Path(sys.argv[1]), {})
except SettingsError as error:
    print(error)
"""


def test_the_extra_is_named_where_it_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "avviso.toml"
    path.write_text(SERVICE + BUCKET)
    command = [sys.executable, "-c", WITHOUT, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    told = "targets[0].kind: 'object_store' cannot be loaded: it needs one more package"
    assert told in done.stdout
    assert "pip install 'avviso[object-store]'" in done.stdout


def test_nobody_pays_for_it_who_has_no_bucket(tmp_path: Path) -> None:
    path = tmp_path / "avviso.toml"
    path.write_text(SERVICE + FOLDER)
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, str(path)], capture_output=True, text=True, check=True
    )
    assert done.stdout == ""
