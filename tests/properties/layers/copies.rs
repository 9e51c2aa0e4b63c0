[
    Case { field: "cluster.backup.objects", topology: "copies", prepare: &[("url \"https://s3.example.net\"", "objects \"objects\"")], change: ("objects \"objects\"\n        bucket", "objects \"apps-objects\"\n        bucket"), why: "copies are kept in one store" },
    Case { field: "cluster.backup.snapshots", topology: "copies", prepare: &[("\"ci-builds\"\n        snapshots\n", "\"ci-builds\"\n")], change: ("\"ci-builds\"\n", "\"ci-builds\"\n        snapshots\n"), why: "the topology has them, so that `move-data` has something to move" },
]
