// Command controlplane is a real Kubernetes control plane for the end-to-end
// tests: etcd, kube-apiserver, and the controllers that a StatefulSet needs, in one
// binary built from Go modules.
//
//	controlplane up --dir=DIR        all of it; DIR/ready appears when it is ready
//	controlplane etcd ARG...         etcd alone
//	controlplane kube-apiserver ARG...
//	controlplane controllers KUBECONFIG CA
//
// up writes keys, certificates and DIR/admin.kubeconfig, and runs each part as a
// process of its own, whose pid is in DIR/NAME.pid, so that a test can stop one
// and let it go on. It listens on loopback only. Nothing of it is meant to last:
// when up ends, all parts are killed.
package main
