# SPDX-License-Identifier: Apache-2.0

"""What the page about emitting says in, whether the package does it out."""

import inspect

from cadf_audit import Emitter
from cadf_audit.emitting.activity import Activity
from cadf_audit.emitting import emitter as emitter_module
from cadf_audit.emitting.hardware import DEVICES
from tests.emitting.emitters import emitting
from tests.judge import assert_valid
from tests.pages import find_block
from tests.pages import find_json
from tests.pages import find_rows
from tests.pages import read

PAGE = 'emit.rst'


def without_chance(event):
    """Return an event without what differs each time."""
    return {
        name: value
        for name, value in event.items()
        if name not in ('id', 'eventTime')
    }


def test_example_event(monkeypatch):
    """The call of the page causes the event of the page."""
    documented = find_json(PAGE, 'example-emitted')
    with emitting(service_name='maas') as (each, events):
        monkeypatch.setattr(emitter_module, '_emitter', each)
        exec(find_block(PAGE, 'example-emit'), {})

    assert_valid(documented)
    assert without_chance(documented) == without_chance(events[0])


def test_examples_run(monkeypatch, tmp_path, caplog):
    """The other calls of the page do what they say, without a warning."""
    names = {'node': 'n-1', 'download': lambda: 7}
    with emitting() as (each, events):
        monkeypatch.setattr(emitter_module, '_emitter', each)
        exec(find_block(PAGE, 'example-emit'), names)
        program = find_block(PAGE, 'example-emitter')
        caplog.clear()
        exec(program.replace('/var/spool', str(tmp_path)), names)
        names['emitter'] = each
        exec(find_block(PAGE, 'example-activity'), names)
        exec(find_block(PAGE, 'example-hardware'), names)
    kinds = [(each['eventType'], each['action']) for each in events[1:]]

    assert [
        ('activity', 'create'),
        ('activity', 'create'),
        ('monitor', 'create'),
        ('monitor', 'delete'),
        ('monitor', 'update'),
    ] == kinds
    assert 'emitter' not in {record.name for record in caplog.records}


def test_devices_are_those_of_the_package():
    """The table has each device with its typeURI."""
    assert list(DEVICES.items()) == [
        tuple(row) for row in find_rows(PAGE, 'devices')
    ]


def test_facts_are_those_of_the_package():
    """The table has each fact that emit takes, and no other."""
    facts = [name for name, _ in find_rows(PAGE, 'facts')]

    assert emitter_module._FACTS == set(facts)


def test_names_of_the_page_are_there():
    """Each method of an activity is on the page, and emit as it is."""
    methods = [
        name
        for name, _ in inspect.getmembers(Activity, inspect.isfunction)
        if not name.startswith('_')
    ]

    assert [] == [name for name in methods if f'``{name}``' not in read(PAGE)]
    assert inspect.signature(Emitter.emit).parameters.keys() - {'self'} == (
        inspect.signature(emitter_module.emit).parameters.keys()
    )
