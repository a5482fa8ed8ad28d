"""A local S3 server (moto) and, as a stand-in for Google's, fsspec's file system in memory."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from buckets import Bucket

from chat_pipeline.store.place import Place


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    pytest.importorskip("s3fs", reason="needs pip install 'chat-pipeline[cloud]'")
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


@pytest.fixture
def bucket(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    """An empty bucket, with credentials for it in the environment."""
    import boto3

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    client = boto3.client("s3", endpoint_url=s3_server)
    name = f"shop-{uuid.uuid4().hex[:12]}"
    client.create_bucket(Bucket=name)
    return Bucket(name, s3_server, client)


@pytest.fixture(params=["s3", "memory"])
def place(request: pytest.FixtureRequest) -> Place:
    """An empty place, of each kind of file system."""
    if request.param == "memory":
        return Place(f"memory://shop-{uuid.uuid4().hex}/raw")
    bucket: Bucket = request.getfixturevalue("bucket")
    return Place(f"{bucket.url}/shop/raw", bucket.endpoint)
