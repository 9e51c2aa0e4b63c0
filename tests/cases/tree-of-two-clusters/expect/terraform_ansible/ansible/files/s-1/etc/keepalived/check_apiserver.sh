#!/bin/sh
# Made by topoc; change the topology, not this file.
# Whether the API server of this machine answers requests. It is asked at this machine's own address, never at the shared
# one: whoever holds that must not matter here. /readyz, not /livez: a server that is starting or going down must not get
# the address. No question is secret and no answer is kept, so the certificate does not matter.
exec curl --fail --silent --show-error --insecure --noproxy '*' --max-time 2 --output /dev/null 'https://10.90.0.30:6443/readyz'
