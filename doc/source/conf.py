# SPDX-License-Identifier: Apache-2.0

"""Settings of Sphinx: the pages beside this file in, HTML out."""

from importlib import metadata

project = 'cadf_audit'
author = 'the cadf_audit authors'
project_copyright = author
release = metadata.version('cadf_audit')
version = release

# show-options: the options page is made from the options themselves. Markdown:
# a test run writes promises.md, for people who read it without Sphinx.
extensions = ['oslo_config.sphinxext', 'myst_parser']

nitpicky = True
smartquotes = False
highlight_language = 'none'

html_theme = 'alabaster'
html_title = f'cadf_audit {release}'
html_theme_options = {
    'description': 'A trustworthy audit trail for any WSGI API',
    'page_width': '1080px',
    'sidebar_width': '230px',
    'fixed_sidebar': True,
}
html_show_copyright = False
html_show_sourcelink = False
