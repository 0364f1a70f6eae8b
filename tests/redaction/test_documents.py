# SPDX-License-Identifier: Apache-2.0

"""The page about redaction goes in; that the code does so comes out."""

import json
import re
import shlex
import subprocess
import sys

from cadf_audit.opts import AUDIT_OPTS
from cadf_audit.redaction.hiding import MODES
from cadf_audit.redaction.names import ABOUT
from cadf_audit.redaction.names import HARMLESS
from cadf_audit.redaction.names import LAST
from cadf_audit.redaction.names import PARAMETER
from cadf_audit.redaction.names import plain
from cadf_audit.redaction.names import RULES
from cadf_audit.redaction.names import WHEN
from cadf_audit.redaction.names import WHOLE
from cadf_audit.redaction.names import WITHIN
from cadf_audit.redaction.opened import OPENED
from cadf_audit.redaction import Redactor
from tests.pages import find_block
from tests.pages import find_rows

PAGE = 'redaction.rst'


def test_page_lists_all_names():
    """Those of the table, and no other."""
    for place in WITHIN, LAST, WHOLE, PARAMETER:
        words = sorted(rule.word for rule in RULES if rule.place == place)

        assert words == find_block(PAGE, f'names-{place}').split()
    for block, words in (
        ('harmless', HARMLESS),
        ('about', ABOUT),
        ('when', WHEN),
    ):
        assert sorted(words) == find_block(PAGE, f'names-{block}').split()


def test_page_lists_all_objects_that_are_looked_into():
    """And all that is shown of them, but for what has a text of its own."""
    told = {
        plain(name): re.findall(r'[a-z_]+', members)
        for names, members in find_rows(PAGE, 'redaction-objects')
        for name in re.findall(r'[a-z_]+', names)
    }
    shown = {
        name: [each for each in members if members[each] is None]
        for name, members in OPENED.items()
        if members is not None
    }

    assert {'identity', 'methods', *shown.pop('auth')} < {*told.pop('auth')}
    assert shown == told
    assert ['payload'] == [each for each in OPENED if OPENED[each] is None]


def test_page_lists_all_modes():
    """As the option has them."""
    (option,) = [each for each in AUDIT_OPTS if each.name == 'redact_mode']
    modes = [row[0].strip('`') for row in find_rows(PAGE, 'redact-modes')]

    assert list(MODES) == modes
    assert modes == [*option.type.choices]


def test_example_is_true():
    """What stands before it becomes what stands behind it."""
    before = json.loads(find_block(PAGE, 'redaction-before'))

    assert json.loads(
        find_block(PAGE, 'redaction-after')
    ) == Redactor().document(before)


def test_commands_make_a_key_and_a_hash(tmp_path):
    """As they stand on the page."""
    program = shlex.join([sys.executable, '-m', 'cadf_audit.cli'])
    (tmp_path / 'token.txt').write_text('hunter2\n')
    commands = find_block(PAGE, 'redact-key') + '\n'
    commands += find_block(PAGE, 'redact-hash-command').replace(
        'cadf-audit', program
    )

    done = subprocess.run(
        ['sh', '-c', commands], cwd=tmp_path, capture_output=True, timeout=60
    )
    key = (tmp_path / 'audit.key').read_bytes().strip()
    redactor = Redactor(mode='hash', key=key)

    assert redactor.redact('token', 'hunter2') == done.stdout.decode().strip()
