#!/usr/bin/env python3
"""Runs the health scripts of a tree against stand-ins: all well, then each kind of fault; it touches no network but its own.

    tests/consumers/health.py FOLDER

FOLDER is a cluster's folder of `tests/cases/copies-and-checks/expect`: the stand-ins know the addresses and names of that case.
It needs root for a network namespace in which every address is on `lo`, and ping, dig, nc, curl, openssl, jq and dash.
"""

from __future__ import annotations

import http.server
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

if os.environ.get("TOPOC_HEALTH_INSIDE") != "yes":
    missing = [p for p in ("ping", "dig", "nc", "curl", "openssl", "jq", "dash", "shellcheck", "unshare", "ip") if not shutil.which(p)]
    if missing:
        sys.exit(f"health.py: {', '.join(missing)} not found")
    os.environ["TOPOC_HEALTH_INSIDE"] = "yes"
    os.execvp("unshare", ["unshare", "-n", "-m", sys.executable, *sys.argv])

folder = Path(sys.argv[1])
tmp = tempfile.mkdtemp()
text = (folder / "config/health/configmap-health-checks.yaml").read_text()
block = re.search(r"^  inside\.sh: \|\n((?:    .*\n|\n)*)", text, re.M)
assert block, "the script is not a literal block"
inside, outside = f"{tmp}/inside.sh", str(folder / "health/outside.sh")
Path(inside).write_text(re.sub(r"^    ", "", block[1], flags=re.M))
for script in (inside, outside):
    subprocess.run(["shellcheck", script], check=True)

def sh(*a, **k): return subprocess.run(a, capture_output=True, text=True, **k)
sh('ip','link','set','lo','up')
for a in ['10.30.0.254','10.30.0.2','10.30.0.3','10.30.0.4','10.30.0.100','10.30.0.200','203.0.113.17']: sh('ip','addr','add',a+'/32','dev','lo')
def cert(name, days, cn):
    sh('openssl','req','-x509','-newkey','rsa:2048','-nodes','-keyout',f'{tmp}/{name}.key','-out',f'{tmp}/{name}.crt','-days',str(days),'-subj',f'/CN={cn}','-addext',f'subjectAltName=DNS:{cn},DNS:localhost,IP:10.30.0.100,IP:127.0.0.1')
cert('long',90,'www.lab.example.net'); cert('short',10,'www.lab.example.net'); cert('other',90,'other.example.net'); cert('api',90,'api')
S={'cert':'long','livez':'ok','ready':3,'desired':3,'free':7,'status':200,'names':{'kubernetes.default.svc.cluster.local':'10.43.0.1','example.org':'192.0.2.1','www.lab.example.net':'203.0.113.17'}}
class H(http.server.BaseHTTPRequestHandler):
    def log_message(self,*a): pass
    def do_GET(self):
        if self.path=='/livez': b=S['livez'].encode()
        elif 'daemonsets' in self.path: b=json.dumps({'status':{'numberReady':S['ready'],'desiredNumberScheduled':S['desired']}}).encode()
        elif 'ipaddresspools' in self.path: b=json.dumps({'status':{'availableIPv4':S['free']}} if S['free'] is not None else {}).encode()
        else: b=b''
        self.send_response(S['status'] if self.path=='/' else 200); self.send_header('Content-Length',str(len(b))); self.end_headers(); self.wfile.write(b)
def https(addr, which):
    ctxs={}
    for n in ('long','short','other','api'):
        c=ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER); c.load_cert_chain(f'{tmp}/{n}.crt',f'{tmp}/{n}.key'); ctxs[n]=c
    base=ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER); base.load_cert_chain(f'{tmp}/long.crt',f'{tmp}/long.key')
    base.sni_callback=lambda s,n,c: setattr(s,'context',ctxs[which()])
    srv=http.server.ThreadingHTTPServer(addr,H); srv.socket=base.wrap_socket(srv.socket,server_side=True,do_handshake_on_connect=False)
    srv.handle_error=lambda *a: None
    threading.Thread(target=srv.serve_forever,daemon=True).start(); return srv
def http1(addr):
    srv=http.server.ThreadingHTTPServer(addr,H); threading.Thread(target=srv.serve_forever,daemon=True).start(); return srv
apic=ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER); apic.load_cert_chain(f'{tmp}/api.crt',f'{tmp}/api.key')
def apisrv(addr):
    srv=http.server.ThreadingHTTPServer(addr,H); srv.socket=apic.wrap_socket(srv.socket,server_side=True); srv.handle_error=lambda *a: None
    threading.Thread(target=srv.serve_forever,daemon=True).start(); return srv
api=apisrv(('10.30.0.100',6443)); apisrv(('127.0.0.1',7443))
https(('10.30.0.200',443),lambda:S['cert']); https(('203.0.113.17',443),lambda:S['cert'])
web=[http1(('10.30.0.200',80)), http1(('203.0.113.17',80))]
def dns():
    u=socket.socket(socket.AF_INET,socket.SOCK_DGRAM); u.bind(('0.0.0.0',53))
    while True:
        q,a=u.recvfrom(512); i=12; labels=[]
        while q[i]: labels.append(q[i+1:i+1+q[i]].decode()); i+=q[i]+1
        end=i+5; ip=S['names'].get('.'.join(labels))
        if ip: r=q[:2]+b'\x81\x80\0\1\0\1\0\0\0\0'+q[12:end]+b'\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4'+socket.inet_aton(ip)
        else: r=q[:2]+b'\x81\x83\0\1\0\0\0\0\0\0'+q[12:end]
        u.sendto(r,a)
threading.Thread(target=dns,daemon=True).start()
open(f'{tmp}/resolv','w').write('nameserver 127.0.0.1\n'); sh('mount','--bind',f'{tmp}/resolv','/etc/resolv.conf')
acc=f'{tmp}/acc'; os.makedirs(acc,exist_ok=True); open(acc+'/token','w').write('t'); open(acc+'/ca.crt','w').write(open(f'{tmp}/api.crt').read())
env=dict(os.environ,TOPOC_WAIT='1',TOPOC_ACCOUNT=acc,TOPOC_KUBE='https://127.0.0.1:7443')
def run(script): 
    r=subprocess.run(['dash',script],capture_output=True,text=True,env=env,timeout=120); return r.returncode,r.stdout+r.stderr
bad=0
def expect(script, code, want, what):
    global bad
    rc,out=run(script); lines=[l for l in out.splitlines() if l.startswith('FAILED')]
    good = rc==code and (not want or any(want in l for l in lines)) and (want or not lines)
    print('PASS' if good else 'WRONG', what, '|', rc, lines[:3] if lines else out.splitlines()[-1:]);
    if not good: bad+=1; print(out)
time.sleep(.5)
rc,out=run(inside); print(out)
expect(inside,0,None,'inside: all well'); expect(outside,0,None,'outside: all well')
sh('ip','addr','del','10.30.0.254/32','dev','lo'); expect(inside,1,'ping 10.30.0.254','a leg is gone'); sh('ip','addr','add','10.30.0.254/32','dev','lo')
def with_(k,v,script,want,what):
    old=S[k]; S[k]=v; expect(script,1,want,what); S[k]=old
n=dict(S['names']); n.pop('example.org'); with_('names',n,inside,'name example.org','a name of the world is gone')
n=dict(S['names']); n.pop('kubernetes.default.svc.cluster.local'); with_('names',n,inside,'name kubernetes','the cluster name is gone')
with_('livez','no',inside,'API at','the API is not well')
with_('ready',2,inside,'speakers of MetalLB: 2/3','a speaker is gone'); with_('desired',0,inside,'speakers','no speaker')
with_('free',0,inside,'no address is free','the pool is full'); with_('free',None,inside,'tells nothing','a pool without status')
for s in (inside,outside):
    with_('cert','short',s,'9 days left','a certificate ends soon'); with_('cert','other',s,'another name','the certificate of another')
n=dict(S['names']); n['www.lab.example.net']='192.0.2.9'; with_('names',n,outside,'does not lead','a name leads elsewhere')
with_('status',503,outside,'it says 503','nothing serves behind the gateway')
x=http1(('203.0.113.17',22)); expect(outside,1,'takes connections','what must be closed is open'); x.shutdown(); x.server_close()
for w,s in zip(web,(inside,outside)): w.shutdown(); w.server_close(); expect(s,1,'no connection','a published port is closed')
sys.exit(bad)
