"""An S3 server: Ceph's gateway where Debian has it, else moto.

Ceph checks signatures, expiry and the policy of presigned posts. Moto checks none of these: S3_SERVER says which one runs,
and the tests of those three need `radosgw`.
"""

from __future__ import annotations

import secrets
import subprocess
import sys
import uuid
from pathlib import Path

from pleo.processes import answers, free_port
from tests.services.programs import Missing, Started, find, install, spawn, wait_for

BUCKET = "pleo-files"
CONFIGURATION = """
[global]
fsid = {fsid}
mon_host = [v2:127.0.0.1:{mon_port}]
mon_initial_members = a
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
ms_client_mode = crc
ms_mon_client_mode = crc
ms_mon_service_mode = crc
ms_bind_ipv6 = false
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
run_dir = {folder}
admin_socket = {folder}/$name.asok
keyring = {folder}/keyring
log_file = {folder}/$name.log
mon_cluster_log_file = {folder}/cluster.log
crash_dir = {folder}/crash
pid_file =
mon_data = {folder}/mon
mon_data_avail_warn = 1
mon_data_avail_crit = 0
mon_allow_pool_size_one = true
mon_max_pg_per_osd = 2000
osd_data = {folder}/osd
osd_objectstore = memstore
memstore_device_bytes = 4294967296
osd_crush_chooseleaf_type = 0
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 2
osd_pool_default_pg_autoscale_mode = off
rgw_data = {folder}/rgw
rgw_rados_pool_pg_num_min = 2
rgw_gc_max_objs = 2
rgw_lc_max_objs = 2
rgw_frontends = beast endpoint=127.0.0.1:{port} tcp_nodelay=1
"""


def start(started: Started) -> None:
    """Start a server with one bucket and put S3_... into the environment."""
    access, secret = secrets.token_hex(10), secrets.token_hex(20)
    try:
        port = _start_ceph(started, access, secret)
        kind = "radosgw"
    except Missing as reason:
        print(f"s3: moto is used instead, which checks no signature, expiry or size ({reason})")
        port = _start_moto(started)
        kind = "moto"
    started.env |= {
        "S3_ENDPOINT": f"http://127.0.0.1:{port}",
        "S3_BUCKET": BUCKET,
        "S3_ACCESS_KEY": access,
        "S3_SECRET_KEY": secret,
        "S3_REGION": "us-east-1",
        "S3_SERVER": kind,
    }
    _make_bucket(started.env)


def _start_moto(started: Started) -> int:
    port = free_port()
    spawn(started, "s3", [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)])
    wait_for(started, "s3", lambda: answers(port))
    return port


def _start_ceph(started: Started, access: str, secret: str) -> int:
    """Start a monitor, one store in memory and the gateway: a cluster of one, about 15 seconds. Raises Missing."""
    if not (find("radosgw") and find("ceph-mon") and find("ceph-osd") and find("ceph")):
        install(["radosgw", "ceph-mon", "ceph-osd", "ceph-common"], mac="there is none")
    folder = started.folder / "ceph"
    for name in ("mon", "osd", "rgw", "crash"):
        (folder / name).mkdir(parents=True)
    mon_port, port, fsid, osd = free_port(), free_port(), str(uuid.uuid4()), str(uuid.uuid4())
    conf = folder / "ceph.conf"
    conf.write_text(CONFIGURATION.format(folder=folder, mon_port=mon_port, port=port, fsid=fsid))
    with_conf = ["-c", str(conf)]

    _tool("ceph-authtool", "--create-keyring", str(folder / "keyring"), "--gen-key", "-n", "client.rgw")
    monmap = str(folder / "monmap")
    _tool("monmaptool", "--create", "--fsid", fsid, "--addv", "a", f"[v2:127.0.0.1:{mon_port}]", monmap)
    _tool("ceph-mon", *with_conf, "--mkfs", "-i", "a", "--monmap", monmap)
    spawn(started, "ceph-mon", ["ceph-mon", *with_conf, "-i", "a", "-f"])
    wait_for(started, "ceph-mon", lambda: answers(mon_port))
    _tool("ceph", *with_conf, "osd", "new", osd)
    _tool("ceph-osd", *with_conf, "-i", "0", "--mkfs", "--osd-uuid", osd)
    spawn(started, "ceph-osd", ["ceph-osd", *with_conf, "-i", "0", "-f"])
    who = ["--uid", "pleo", "--display-name", "pleo", "--access-key", access, "--secret-key", secret]
    _tool("radosgw-admin", *with_conf, "user", "create", *who)
    spawn(started, "s3", ["radosgw", *with_conf, "-n", "client.rgw", "-f"])
    wait_for(started, "s3", lambda: answers(port))
    return port


def _tool(*command: str) -> None:
    """Run one tool of Ceph. Raises Missing, so that the other server is tried."""
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=90, cwd=Path("/"))
    except (OSError, subprocess.SubprocessError) as error:
        output = getattr(error, "stderr", b"") or b""
        raise Missing(f"{command[0]} failed: {output.decode(errors='replace')[-300:]}") from error


def _make_bucket(env: dict[str, str]) -> None:
    import boto3

    client = boto3.client(
        "s3",
        endpoint_url=env["S3_ENDPOINT"],
        aws_access_key_id=env["S3_ACCESS_KEY"],
        aws_secret_access_key=env["S3_SECRET_KEY"],
        region_name=env["S3_REGION"],
    )
    client.create_bucket(Bucket=env["S3_BUCKET"])
