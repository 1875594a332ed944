"""A world kept from one run to the next."""

import pickle
from datetime import UTC, datetime, timedelta

from channels.sandbox.keeping import load, save
from channels.sandbox.living import LivingWorld
from channels.sandbox.world import World

NOW = datetime(2026, 8, 14, 12, tzinfo=UTC)


def test_a_living_world_goes_on_where_it_was(tmp_path):
    world = LivingWorld(seed=3, now=NOW, populate=True)
    twin = LivingWorld(seed=3, now=NOW, populate=True)
    save(world, tmp_path / "world")
    kept = load(tmp_path / "world")
    for one in (kept, twin):
        one.clock.advance(timedelta(minutes=5).total_seconds())
        one.catch_up()
    assert kept.orders() == twin.orders()
    assert len(kept.orders()) > len(world.orders())


def test_the_file_is_for_its_owner_only(tmp_path):
    save(World(), tmp_path / "world")
    assert (tmp_path / "world").stat().st_mode & 0o777 == 0o600


def test_no_world_and_a_broken_one_begin_anew(tmp_path):
    assert load(tmp_path / "none") is None
    (tmp_path / "broken").write_bytes(b"no world")
    assert load(tmp_path / "broken") is None


def test_a_world_of_another_release_begins_anew(tmp_path):
    for content in (World(), (2, World()), (3, "no world")):
        (tmp_path / "old").write_bytes(pickle.dumps(content))
        assert load(tmp_path / "old") is None
