# Made by topoc; change the topology, not this file.
# What the topology opens wide on purpose: policies by their names, with their namespaces where they have one.
package main

import rego.v1

# About every pod of the cluster, or of a namespace.
<% for n in everybody %>
everybody contains "<{ n }>"
<% endfor %>
<% if not everybody %>
everybody := set()
<% endif %>

# To or from the outside.
<% for n in beyond %>
beyond contains "<{ n }>"
<% endfor %>
<% if not beyond %>
beyond := set()
<% endif %>

# To or from every pod on every port.
<% for n in whole %>
whole contains "<{ n }>"
<% endfor %>
<% if not whole %>
whole := set()
<% endif %>
