# SPDX-License-Identifier: Apache-2.0

"""Writers that are killed, consumers that are, and who inherits them.

Whatever happens in whatever order: each consumer gets each record, each
request that began has one end, and nothing is said to be lost.
"""

import errno
import json
import pathlib
import shutil
import tempfile

from hypothesis import settings
from hypothesis.stateful import Bundle
from hypothesis.stateful import consumes
from hypothesis.stateful import initialize
from hypothesis.stateful import precondition
from hypothesis.stateful import rule
from hypothesis.stateful import RuleBasedStateMachine
from hypothesis import strategies as st
import pytest

from cadf_audit.delivery.spool import adoption
from cadf_audit.delivery.spool.drain import Drain
from cadf_audit.delivery.spool.drain import register
from cadf_audit.delivery.spool import journal
from cadf_audit.delivery.spool import layout
from tests.delivery.spool.parts import die
from tests.delivery.spool.parts import Disk
from tests.delivery.spool.parts import final
from tests.delivery.spool.parts import install
from tests.delivery.spool.parts import make_writer
from tests.delivery.spool.parts import MEMORY
from tests.delivery.spool.parts import other
from tests.delivery.spool.parts import pending
from tests.delivery.spool.parts import shorten
from tests.delivery.spooling import FINAL
from tests.delivery.spooling import PENDING

CONSUMERS = ('forward-log', 'collector')


class Life:
    """What one writer was told, and what has to come of it."""

    def __init__(self, writer):
        self.writer = writer
        self.folder = writer.folder
        self.recorded = []
        self.open = set()
        self.alive = True


def known(message):
    """Return a message as its id, the id of its event, and its type."""
    read = json.loads(message)
    return read['message_id'], read['payload']['id'], read['event_type']


class Fate(RuleBasedStateMachine):
    """A spool directory, and all that can happen to it."""

    writers = Bundle('writers')

    def __init__(self):
        super().__init__()
        self.directory = pathlib.Path(tempfile.mkdtemp(dir=MEMORY))
        self.monkeypatch = pytest.MonkeyPatch()
        self.disk = install(self.monkeypatch, Disk())
        # Two failures at once are not one, as far as this goes.
        self.monkeypatch.setattr(journal, 'PAUSE', 0)
        self.lives = []
        self.drains = {}
        self.delivered = {name: {} for name in CONSUMERS}
        self.number = 0

    @initialize(target=writers, power=st.booleans())
    def first_writer(self, power):
        return self.begin_writer(power, 1500)

    @rule(
        target=writers,
        power=st.booleans(),
        segment_size=st.sampled_from([400, 1500, 6000]),
    )
    def begin_writer(self, power, segment_size):
        writer = make_writer(
            self.directory,
            power=power,
            segment_size=segment_size,
            consumers=CONSUMERS,
        )
        self.lives.append(Life(writer))
        return self.lives[-1]

    @rule(life=writers, ends=st.lists(st.booleans(), max_size=20))
    def serve(self, life, ends):
        """Some requests end at once, and some stay open."""
        for each in ends:
            event_id = self.begin(life, False)
            if each:
                self.finish_one(life, event_id)

    @rule(life=writers, reads=st.booleans())
    def begin_one(self, life, reads):
        self.begin(life, reads)

    def begin(self, life, reads):
        self.number += 1
        event_id = str(self.number)
        message = pending(event_id)
        life.writer.begin(event_id, message, reads)
        life.recorded.append(known(message))
        life.open.add(event_id)
        return event_id

    @rule(life=writers, data=st.data())
    def end(self, life, data):
        if life.open:
            self.finish_one(
                life, data.draw(st.sampled_from(sorted(life.open)))
            )

    def finish_one(self, life, event_id):
        message = final(event_id)
        life.writer.end(event_id, message, shorten)
        life.recorded.append(known(message))
        life.open.remove(event_id)

    @rule(life=writers)
    def add(self, life):
        self.number += 1
        message = other(str(self.number))
        life.writer.add(message)
        life.recorded.append(known(message))

    @rule(
        life=writers,
        call=st.sampled_from(['pwrite', 'fdatasync', 'posix_fallocate']),
        event_ends=st.booleans(),
        data=st.data(),
    )
    def fail_once(self, life, call, event_ends, data):
        """The disk refuses one call, and another segment takes all."""
        self.disk.fail(call, errno.EIO, times=1)
        try:
            if event_ends:
                self.end(life, data)
            else:
                self.begin(life, False)
        except OSError:
            # It had no segment yet to go on from: that is a loss.
            assert not life.recorded
            life.writer._losses._counters['write error'] = 0
            life.writer._losses.pending = False
        self.disk.heal()

    @rule(life=consumes(writers))
    def kill(self, life):
        die(life.writer)
        life.alive = False

    @rule(life=consumes(writers))
    def close(self, life):
        life.writer.close()
        life.alive = False

    @rule()
    def adopt(self):
        for life in self.lives:
            if life.folder.exists():
                assert adoption.adopt(life.folder) == (not life.alive)

    @rule(
        after=st.integers(0, 2), call=st.sampled_from(['write', 'fdatasync'])
    )
    def adopt_and_be_killed(self, after, call):
        """Somebody else has to say the same again."""
        for life in self.lives:
            self.disk.fail(call, errno.ENOSPC, after=after)
            if life.folder.exists():
                try:
                    adoption.adopt(life.folder)
                except OSError:
                    assert not life.alive
        self.disk.heal()

    @rule()
    def catch_up(self):
        for consumer in CONSUMERS:
            self.drain(consumer, 1000, True)

    @rule(
        consumer=st.sampled_from(CONSUMERS),
        number=st.integers(1, 30),
        saves=st.booleans(),
    )
    def drain(self, consumer, number, saves):
        for folder in list(layout.writers(self.directory)):
            key = folder, consumer
            if key not in self.drains:
                self.drains[key] = Drain.begin(folder, consumer)
            drain = self.drains[key]
            if drain is None:
                del self.drains[key]
                continue
            left = number
            while left > 0 and (slice_ := drain.read()):
                for due in slice_[:left]:
                    self.take(consumer, folder, due.message)
                    drain.advance(due.after)
                left -= len(slice_)
            drain.rewind()
            if saves:
                drain.save()
            if drain.finished:
                self.drains.pop(key).close()

    def take(self, consumer, folder, message):
        seen = self.delivered[consumer].setdefault(folder, {})
        seen.setdefault(known(message), message)

    @precondition(lambda self: self.drains)
    @rule(data=st.data())
    def kill_drain(self, data):
        """What it passed and did not save comes again."""
        keys = sorted(self.drains)
        self.drains.pop(data.draw(st.sampled_from(keys))).abandon()

    @precondition(lambda self: self.drains)
    @rule(data=st.data())
    def stop_drain(self, data):
        keys = sorted(self.drains)
        self.drains.pop(data.draw(st.sampled_from(keys))).close()

    @rule(consumer=st.sampled_from(CONSUMERS), content=st.binary(max_size=9))
    def damage_cursor(self, consumer, content):
        for folder in layout.writers(self.directory):
            if (folder, consumer) not in self.drains:
                path = folder / layout.CURSORS / consumer
                path.write_bytes(content)

    @rule()
    def register_again(self):
        """Who is registered already keeps its place."""
        for consumer in CONSUMERS:
            register(self.directory, consumer, 0o700)

    def teardown(self):
        try:
            self.finish()
        finally:
            self.monkeypatch.undo()
            for life in self.lives:
                life.writer.abandon()
            for drain in self.drains.values():
                drain.abandon()
            shutil.rmtree(self.directory)

    def finish(self):
        self.disk.heal()
        for life in self.lives:
            life.writer.close()
            life.alive = False
        self.adopt()
        for _each in range(200):
            if not any(layout.writers(self.directory)):
                break
            self.catch_up()
        left = [
            each.name
            for each in self.directory.iterdir()
            if each.name != layout.CONSUMERS
        ]
        assert [] == left
        for consumer in CONSUMERS:
            for life in self.lives:
                self.judge(life, self.delivered[consumer].get(life.folder, {}))

    def judge(self, life, seen):
        messages = list(seen)
        ends = [each for each in messages if each not in life.recorded]
        finals = [each[1] for each in messages if each[2] == FINAL]
        pendings = [each[1] for each in messages if each[2] == PENDING]

        # Everything, in its order; then an end for what had none.
        assert life.recorded == [each for each in messages if each not in ends]
        assert sorted(life.open) == sorted(each[1] for each in ends)
        assert sorted(pendings) == sorted(finals)
        for each in ends:
            event = json.loads(seen[each])['payload']
            assert 'unknown' == event['outcome']
            assert 'worker ended' == event['reason']['reasonCode']


TestFate = Fate.TestCase
TestFate.settings = settings(
    max_examples=100, stateful_step_count=30, deadline=None
)
