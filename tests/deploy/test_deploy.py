"""`avviso deploy`, and the files of `deploy/` that its output is included in."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from publishers.documents._style import style_hash
from publishers.targets._serving import MEDIA_TYPES, POLLED, for_other_sites
from statuspage.deploy import configuration
from tests.deploy._servers import ROOT, needed
from tests.statuspage.cli._avviso import SETTINGS, Avviso
from tests.statuspage.cli.conftest import forget

APP = "127.0.0.1:8080"


@pytest.fixture
def avviso(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Avviso:
    forget(monkeypatch)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "avviso.toml").write_text(SETTINGS, encoding="utf-8")
    return Avviso(tmp_path, "sqlite")


@pytest.mark.parametrize("server", ["nginx", "caddy"])
class TestWhatIsPrinted:
    def test_is_for_the_page_of_the_settings(self, avviso: Avviso, server: str) -> None:
        page = avviso.folder / "data" / "page"
        assert avviso.done("deploy", server) == configuration(server, page, APP)
        assert not page.exists()

    def test_another_folder(self, avviso: Avviso, server: str) -> None:
        printed = avviso.done("deploy", server, "--root", "/srv/status")
        assert printed == configuration(server, Path("/srv/status"), APP)
        assert '"/srv/status"' in printed

    @pytest.mark.parametrize(
        ("web", "app"),
        [
            ('host = "0.0.0.0"\nport = 9000', "127.0.0.1:9000"),
            ('host = "::1"', "[::1]:8080"),
            ('host = "10.0.0.2"', "10.0.0.2:8080"),
        ],
    )
    def test_the_application_is_where_it_listens(
        self, avviso: Avviso, server: str, web: str, app: str
    ) -> None:
        settings = avviso.folder / "avviso.toml"
        settings.write_text(settings.read_text() + f"\n[web]\n{web}\n")
        page = avviso.folder / "data" / "page"
        assert avviso.done("deploy", server) == configuration(server, page, app)

    @pytest.mark.parametrize("name", ["two words", 'quo"te', "semi;colon", "br{ace", "dol$lar"])
    def test_a_folder_that_could_be_misread_is_refused(
        self, avviso: Avviso, server: str, name: str
    ) -> None:
        result = avviso("deploy", server, "--root", f"/srv/{name}")
        assert (result.exit_code, result.stdout) == (1, "")
        assert "will not do" in result.stderr

    def test_without_a_directory_one_has_to_be_named(self, avviso: Avviso, server: str) -> None:
        settings = avviso.folder / "avviso.toml"
        bucket = 'name = "b"\nkind = "object_store"\nbucket = "stato"\nregion = "eu-south-1"'
        settings.write_text(settings.read_text() + f"\n[[targets]]\n{bucket}\n")
        result = avviso("deploy", server)
        assert result.exit_code == 1
        assert "no target is a directory; say which with --root" in result.stderr
        assert avviso.done("deploy", server, "--root", "/srv/status")

    def test_two_that_speak_tls_are_one_too_many(self, avviso: Avviso, server: str) -> None:
        settings = avviso.folder / "avviso.toml"
        for name in ("certificate.pem", "key.pem"):
            (avviso.folder / name).write_text("-")
        web = '[web]\ncertificate = "certificate.pem"\nkey = "key.pem"\n'
        settings.write_text(settings.read_text() + f"\n{web}")
        result = avviso("deploy", server)
        assert result.exit_code == 1
        assert "leave web.certificate out" in result.stderr

    def test_knows_every_type_and_every_polled_document(self, avviso: Avviso, server: str) -> None:
        printed = avviso.done("deploy", server)
        assert [kind for kind in MEDIA_TYPES.values() if f'"{kind}"' not in printed] == []
        assert [path for path in POLLED if re.escape(path) not in printed] == []
        shared = [ending[1:] for ending in MEDIA_TYPES if for_other_sites(f"x{ending}")]
        assert f"(?:{'|'.join(sorted(shared))})$" in printed


def test_the_headers_that_a_cdn_adds(avviso: Avviso) -> None:
    lines = avviso.done("deploy", "headers").splitlines()
    headers = dict(line.split(": ", 1) for line in lines)
    assert style_hash() in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "Cache-Control" not in headers  # each object has its own
    assert len(headers) == len(lines) > 4


def test_no_hash_lies_about_in_the_files_that_are_copied() -> None:
    """One that did would be wrong after the next change of the stylesheet."""
    for name in ("nginx.conf", "Caddyfile"):
        assert "sha256" not in (ROOT / "deploy" / name).read_text(encoding="utf-8")


def test_nginx_takes_its_file_as_it_is(tmp_path: Path) -> None:
    certificate, key = tmp_path / "fullchain.pem", tmp_path / "privkey.pem"
    subprocess.run(
        [
            *(needed("openssl"), "req", "-x509", "-newkey", "ec", "-nodes", "-days", "2"),
            *("-pkeyopt", "ec_paramgen_curve:prime256v1", "-subj", "/CN=status.example.org"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    included = tmp_path / "avviso.conf"
    included.write_text(configuration("nginx", tmp_path, APP), encoding="utf-8")
    shipped = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    here = (
        shipped.replace("/etc/ssl/status.example.org", str(tmp_path))
        .replace("/etc/nginx/avviso.conf;", f"{included};")
        .replace("listen [::]:", "# listen [::]:")
    )
    config = tmp_path / "nginx.conf"
    config.write_text(
        f"pid {tmp_path}/pid;\nerror_log stderr;\nevents {{ }}\n"
        f"http {{\naccess_log off;\n{here}\n}}\n"
    )
    done = subprocess.run(
        [needed("nginx"), "-t", "-p", str(tmp_path), "-c", str(config)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "[warn]" not in done.stderr


def test_caddy_takes_its_file_as_it_is(tmp_path: Path) -> None:
    included = tmp_path / "avviso.caddy"
    included.write_text(configuration("caddy", tmp_path, APP), encoding="utf-8")
    shipped = (ROOT / "deploy" / "Caddyfile").read_text(encoding="utf-8")
    config = tmp_path / "Caddyfile"
    config.write_text(shipped.replace("/etc/caddy/avviso.caddy\n", f"{included}\n"))
    done = subprocess.run(
        [needed("caddy"), "validate", "--config", str(config), "--adapter", "caddyfile"],
        capture_output=True,
        text=True,
        env={"HOME": str(tmp_path), "PATH": "/usr/bin"},
    )
    assert done.returncode == 0, done.stderr
    assert "Valid configuration" in done.stdout + done.stderr
