# SPDX-License-Identifier: Apache-2.0

"""A page of doc/source in, its named blocks and tables out.

What is to be true on a page has a name there, so that a test can read it.
"""

import json
import pathlib
import re
import textwrap

ROOT = pathlib.Path(__file__).parent.parent
PAGES = ROOT / 'doc' / 'source'

_indented = r'((?:   [^\n]*\n|\n)*)'


def read(page):
    """Return the text of a page."""
    return (PAGES / page).read_text(encoding='utf-8')


def find_blocks(page, option):
    """Return the texts of the directives that have an option."""
    found = re.findall(
        r'^\.\. [\w-]+::[^\n]*\n'
        rf'(?:   :[^\n]*\n)*?   :{re.escape(option)}\n(?:   :[^\n]*\n)*'
        rf'\n{_indented}',
        read(page),
        re.MULTILINE,
    )
    return [textwrap.dedent(block).strip('\n') + '\n' for block in found]


def find_block(page, name):
    """Return the text of the directive with a name."""
    blocks = find_blocks(page, f'name: {name}')

    assert len(blocks) == 1, f'{page} has {len(blocks)} blocks {name}'
    return blocks[0]


def find_json(page, name):
    """Return what a named block of JSON holds."""
    return json.loads(find_block(page, name))


def find_rows(page, name):
    """Return the rows of a named list-table, without its head."""
    return parse_rows(find_block(page, name))


def parse_rows(table):
    """Return the rows of a list-table: plain texts, without its head."""
    rows = []
    for row in re.split(r'^\* ', table, flags=re.MULTILINE)[1:]:
        cells = re.split(r'^ *- ', row, flags=re.MULTILINE)[1:]
        rows.append(
            [' '.join(cell.replace('``', '').split()) for cell in cells]
        )
    return rows[1:]


def without_chance(value):
    """Return a value without what differs each time: ids and times."""
    text = json.dumps(value)
    text = re.sub(r'\d{4}-\d\d-\d\dT[\d:.]+\+00:00', 'TIME', text)
    text = re.sub(
        r'("id": "|correlation_id\?value=)[0-9a-f-]{36}"', r'\1UUID"', text
    )
    return json.loads(text)


def example_map(directory):
    """Write the map of the page about maps; return its path."""
    path = directory / 'map.conf'
    path.write_text(find_block('audit_map.rst', 'example-map'))
    return str(path)
