"""How the set-up chooses versions."""

from installer import for_a_lock


def test_a_lock_comes_from_the_index_alone() -> None:
    """A folder of wheels has those of one platform: the lock would have their hashes and no others."""
    options = {"index-url": "https://index.example", "extra-index-url": "file:///copies", "find-links": "/wheels"}
    assert for_a_lock({**options, "cert": "/ca.pem"}) == {"index-url": "https://index.example", "cert": "/ca.pem"}
