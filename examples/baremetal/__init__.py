# SPDX-License-Identifier: Apache-2.0

"""An example service: a bare-metal API, its paste pipeline and its map."""
