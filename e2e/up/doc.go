// Command up runs three replicas of adxexporter on a real control plane, with an
// embedded Kusto, until it is interrupted. `make e2e-up` starts it.
//
// All of it lives in a network namespace; kubectl and a browser reach it by two
// listeners outside. Nothing is left behind but logs.
package main
