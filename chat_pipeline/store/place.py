"""One place in object storage: a URL, and what can be done there. All through fsspec; nothing here knows what
the objects are.

Names are relative to the URL. Whatever goes wrong is a `StoreError`, which names the URL and a remedy.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

# Connections at once, each with up to 100 MB of a file in memory.
AT_ONCE = 4
PATIENCE = {"connect_timeout": 10, "read_timeout": 60, "retries": {"max_attempts": 3, "mode": "standard"}}
# What object storage calls the version of an object's content: S3's ETag, Google's generation.
VERSIONS = ("ETag", "generation")
TIMES = ("LastModified", "updated", "created")


class StoreError(OSError):
    """Object storage that can't be used, or holds what it should not; the text says what to do."""


@dataclass(frozen=True)
class Object:
    """An object as listed. `version`: another text for another content; `modified`: UTC, without zone."""

    size: int
    version: str
    modified: datetime


class Place:
    """What lies under a URL. Nothing is asked of the network before it is used."""

    def __init__(self, url: str, endpoint: str = "") -> None:
        self.url = url
        self._root = url.partition("://")[2]
        with self._reached("opened"):
            self._fs = _file_system(url.partition("://")[0], endpoint)

    def listing(self) -> dict[str, Object]:
        """All objects, by name."""
        with self._reached("listed"):
            found = self._fs.find(self._root, detail=True)
        begin = self._fs._strip_protocol(self._root) + "/"
        return {
            path[len(begin) :]: _object(info)
            for path, info in sorted(found.items())
            if path.startswith(begin) and not path.endswith("/")
        }

    def look(self, name: str) -> Object | None:
        """The object as it is now; None if there is none."""
        with self._reached("read"):
            try:
                return _object(self._fs.info(self._path(name)))
            except FileNotFoundError:
                return None

    def read(self, name: str) -> bytes | None:
        """An object's content; None if there is none."""
        with self._reached("read"):
            try:
                return self._fs.cat_file(self._path(name))
            except FileNotFoundError:
                return None

    def fetch(self, targets: dict[str, Path]) -> set[str]:
        """Objects into files, by name; those that are not there any more."""
        for target in targets.values():
            target.parent.mkdir(parents=True, exist_ok=True)
        gone = set()

        def get(name: str) -> None:
            try:
                self._fs.get_file(self._path(name), str(targets[name]))
            except FileNotFoundError:
                targets[name].unlink(missing_ok=True)
                gone.add(name)

        with self._reached("read"), ThreadPoolExecutor(AT_ONCE) as threads:
            list(threads.map(get, targets))
        return gone

    def put(self, sources: dict[str, Path]) -> None:
        """Files into objects, in the place of those of the same name."""
        with self._reached("written to"), ThreadPoolExecutor(AT_ONCE) as threads:
            list(threads.map(lambda name: self._fs.put_file(str(sources[name]), self._path(name)), sources))

    def write(self, name: str, content: bytes) -> None:
        with self._reached("written to"):
            self._fs.pipe_file(self._path(name), content)

    def create(self, name: str, content: bytes) -> bool:
        """Write an object that must not be there yet (If-None-Match); False if it is."""
        with self._reached("written to"):
            try:
                self._fs.pipe_file(self._path(name), content, mode="create")
            except FileExistsError:
                return False
            return True

    def remove(self, names: Iterable[str]) -> None:
        """Objects; one that is gone already is fine."""

        def remove(name: str) -> None:
            with suppress(FileNotFoundError):
                self._fs.rm_file(self._path(name))

        with self._reached("written to"), ThreadPoolExecutor(AT_ONCE) as threads:
            list(threads.map(remove, names))

    def abort_uploads(self) -> int:
        """Abort uploads in parts that were begun here and never finished; how many. Google's end by themselves."""
        if not self.url.startswith("s3://"):
            return 0
        bucket, _, prefix = self._root.partition("/")
        with self._reached("written to"):
            found = self._fs.call_s3("list_multipart_uploads", Bucket=bucket, Prefix=f"{prefix}/".lstrip("/"))
            for upload in (uploads := found.get("Uploads", [])):
                self._fs.abort_mpu(bucket, upload["Key"], upload["UploadId"])
        return len(uploads)

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"

    @contextmanager
    def _reached(self, done: str) -> Iterator[None]:
        try:
            yield
        except StoreError:
            raise
        except ImportError as error:
            raise StoreError(
                f"{self.url} needs a package that is not there: pip install 'chat-pipeline[cloud]'"
            ) from error
        # botocore's, aiohttp's and Google's errors have nothing in common.
        except Exception as error:
            raise StoreError(
                f"{self.url} can't be {done} ({type(error).__name__}: {error}): check [paths] in the settings,"
                " the credentials in the environment and what they permit, and the network"
            ) from error


def is_path(name: str) -> bool:
    """Whether a key can be the path of a file below a folder: it may be any text."""
    return not {"", ".", ".."} & set(name.split("/")) and "\0" not in name


def _file_system(protocol: str, endpoint: str) -> Any:
    import fsspec

    options: dict[str, Any] = {"use_listings_cache": False}
    if protocol == "s3":
        options |= {"config_kwargs": PATIENCE, "endpoint_url": endpoint or None}
    return fsspec.filesystem(protocol, **options)


def _object(info: dict[str, Any]) -> Object:
    at = next(info[key] for key in TIMES if info.get(key))
    if isinstance(at, str):
        at = datetime.fromisoformat(at)
    elif isinstance(at, float):
        at = datetime.fromtimestamp(at, UTC)
    modified = at.astimezone(UTC).replace(tzinfo=None)
    version = next((str(info[key]) for key in VERSIONS if info.get(key)), modified.isoformat())
    return Object(info["size"], version, modified)
