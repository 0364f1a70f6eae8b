# SPDX-License-Identifier: Apache-2.0

"""The tests that have no canaries in some place of their requests, and why.

There is none that has no canaries in its headers. Beside these, the queries
of two helpers are left as they are: that of tests/trail/api/asking.py, since
the API of the trail refuses parameters that it does not know, and that of
tests/servers/client.py, since it tells the applications there what to do.
"""

#: Which place, the reason, and the tests: whole files, or one by one.
EXCEPTIONS = (
    (
        'query',
        'the other filter records it as it came, and that is compared',
        ('tests/test_migration.py',),
    ),
    (
        'query',
        'an event in the words of Oslo is compared, which is no JSON',
        (
            'tests/test_documents_quotes.py::'
            'test_payload_of_a_lost_event_is_an_error_of_oslo',
        ),
    ),
    (
        'query',
        "the driver of Oslo's log masks all that follows a token",
        ('tests/cli/test_once.py::test_ends_what_a_killed_writer_began',),
    ),
    (
        'query',
        'the API of the trail refuses parameters that it does not know',
        (
            'tests/trail/api/test_export.py',
            'tests/trail/api/test_paste.py',
        ),
    ),
    (
        'body',
        'counts the bytes of a body, or says in which order they are read',
        (
            'tests/middleware/test_recording.py',
            'tests/middleware/test_payload_cut.py',
            'tests/middleware/test_payload_any.py::'
            'test_bodies_are_told_by_the_rules_of_wsgi',
            'tests/middleware/test_payload.py::'
            'test_level_says_which_bodies_are_attached',
            'tests/middleware/test_payload.py::'
            'test_anything_else_is_type_and_length',
            # The page shows it, with its bytes.
            'tests/test_documents_payloads.py',
        ),
    ),
    (
        'body',
        'has a body that json.dumps does not write',
        ('tests/middleware/test_payload.py::test_content_is_what_was_sent',),
    ),
)
