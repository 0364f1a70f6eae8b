# SPDX-License-Identifier: Apache-2.0

"""Settings of Sphinx: the notes of this repository in, HTML out."""

project = 'cadf_audit release notes'
author = 'the cadf_audit authors'
project_copyright = author

extensions = ['reno.sphinxext']

smartquotes = False

html_theme = 'alabaster'
html_title = project
html_show_copyright = False
html_show_sourcelink = False
