"""Logs over HTTP."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

import pytest

from firstresponder.errors import Forbidden, NotFound


async def test_the_question_names_container_lines_and_run(server: Any, cluster: Any) -> None:
    """The container, the number of lines and the previous run are asked for."""
    server.say((200, b"one\ntwo\n", {}))
    assert await cluster.logs.tail("shop", "api-0", "app", previous=True, lines=9, max_bytes=100) == "one\ntwo\n"
    assert server.asked[0]["path"] == "/api/v1/namespaces/shop/pods/api-0/log"
    assert parse_qs(server.asked[0]["query"]) == {
        "container": ["app"],
        "tailLines": ["9"],
        "limitBytes": ["800"],
        "previous": ["true"],
    }


async def test_the_end_is_kept_and_begins_with_a_whole_line(server: Any, cluster: Any) -> None:
    """Of more bytes than allowed the last are kept, without the first line's torso."""
    server.say((200, b"aaaaaaaa\nbbbb\ncccc\n", {}))
    assert await cluster.logs.tail("shop", "p", "c", max_bytes=12) == "bbbb\ncccc\n"
    server.say((200, b"x" * 30, {}))
    assert await cluster.logs.tail("shop", "p", "c", max_bytes=10) == "x" * 10


async def test_a_transfer_that_hit_its_limit_asks_for_fewer_lines(server: Any, cluster: Any) -> None:
    """`limitBytes` cuts the end, where the panic is: fewer lines are asked for, three times at most."""
    server.say((200, b"y" * 80, {}), (200, b"the end\n", {}))
    assert await cluster.logs.tail("shop", "p", "c", lines=200, max_bytes=10) == "the end\n"
    assert [parse_qs(asked["query"])["tailLines"] for asked in server.asked] == [["200"], ["25"]]
    server.say(*[(200, b"y" * 80, {})] * 3)
    assert await cluster.logs.tail("shop", "p", "c", lines=200, max_bytes=10) == "y" * 10


async def test_bytes_that_are_no_text_do_not_hurt(server: Any, cluster: Any) -> None:
    """Broken UTF-8 becomes the replacement character."""
    server.say((200, b"a\xff\n", {}))
    assert await cluster.logs.tail("shop", "p", "c") == "a\ufffd\n"


@pytest.mark.parametrize(("status", "error"), [(400, NotFound), (404, NotFound), (403, Forbidden)])
async def test_no_run_is_not_found(server: Any, cluster: Any, status: int, error: Any) -> None:
    """The server says 400 for a container that has no such run: that is not found, with its words."""
    server.say((status, {"message": "previous terminated container not found"}, {}))
    with pytest.raises(error, match="previous terminated"):
        await cluster.logs.tail("shop", "p", "c", previous=True)


async def test_what_the_kubelet_says_of_a_lost_log_is_no_log(server: Any, cluster: Any) -> None:
    """Its sentence comes with status 200 in the place of the log, and would be quoted as proof; in a longer log it is one."""
    sentence = b"unable to retrieve container logs for containerd://5f0a"
    server.say((200, sentence, {}))
    with pytest.raises(NotFound, match="shop/p/c"):
        await cluster.logs.tail("shop", "p", "c", previous=True)
    server.say((200, sentence + b"\nretrying\n", {}))
    assert "retrying" in await cluster.logs.tail("shop", "p", "c")
