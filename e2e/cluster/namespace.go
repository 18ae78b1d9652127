package cluster

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
)

// entered is set in the environment of a process that Main has started.
const entered = "ADXEXPORTER_NETWORK_NAMESPACE"

// Main runs a function in a network namespace of its own, and returns its exit
// code. It starts this program again, with the same arguments, and waits for it.
//
// Addresses, host:port, are listened at outside of the namespace: the function is
// given the listeners, in their order.
func Main(run func(outside []net.Listener) int, addresses ...string) int {
	if os.Getenv(entered) != "" {
		outside, err := inherited(len(addresses))
		if err = errors.Join(err, network()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return run(outside)
	}
	code, err := reenter(addresses)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// firstInherited is the number of the first file that a process is given.
const firstInherited = 3

// inherited returns the listeners that this process has been given. A socket stays
// in the namespace in which it was made.
func inherited(n int) ([]net.Listener, error) {
	var all []net.Listener
	for i := range n {
		file := os.NewFile(uintptr(firstInherited+i), "outside")
		listener, err := net.FileListener(file)
		if err = errors.Join(err, file.Close()); err != nil {
			return nil, fmt.Errorf("cannot take over a listener: %w", err)
		}
		all = append(all, listener)
	}
	return all, nil
}

// listen opens listeners for another process.
func listen(addresses []string) ([]*os.File, error) {
	var files []*os.File
	for _, address := range addresses {
		var config net.ListenConfig
		listener, err := config.Listen(context.Background(), "tcp", address)
		if err != nil {
			return nil, fmt.Errorf("cannot listen at %q: %w", address, err)
		}
		file, err := listener.(*net.TCPListener).File()
		if err = errors.Join(err, listener.Close()); err != nil {
			return nil, fmt.Errorf("cannot listen at %q: %w", address, err)
		}
		files = append(files, file)
	}
	return files, nil
}

// reenter runs this program in a new namespace.
func reenter(addresses []string) (code int, err error) {
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	files, err := listen(addresses)
	if err != nil {
		return 0, err
	}
	command := exec.Command(self, os.Args[1:]...) //nolint:gosec,noctx // it is this program, and ends with it
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	command.Env, command.ExtraFiles = append(os.Environ(), entered+"=1"), files
	command.SysProcAttr = namespaces(os.Getuid(), os.Getgid())
	// It is in a process group of its own, so that it is told of an interrupt once,
	// whoever sends it.
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGQUIT)
	defer signal.Stop(signals)
	if err := command.Start(); err != nil {
		return 0, fmt.Errorf("cannot make a network namespace (allow unprivileged user namespaces, or use sudo): %w", err)
	}
	go func() { // it ends with this process, which waits for the other one only
		for s := range signals {
			_ = command.Process.Signal(s) // it may have ended
		}
	}()
	err = command.Wait()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return max(1, exit.ExitCode()), nil
	}
	return 0, err
}

// namespaces returns how to start a process that can make routes of its own. Users
// other than root are root in a namespace of users.
func namespaces(uid, gid int) *syscall.SysProcAttr {
	attributes := &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if uid != 0 {
		attributes.Cloneflags |= syscall.CLONE_NEWUSER
		attributes.UidMappings = []syscall.SysProcIDMap{{HostID: uid, Size: 1}}
		attributes.GidMappings = []syscall.SysProcIDMap{{HostID: gid, Size: 1}}
	}
	return attributes
}

// network makes all addresses of Subnet local ones. EndpointSlices refuse those of
// loopback.
func network() error {
	for _, args := range [][]string{
		{"link", "set", "lo", "up"},
		{"route", "add", "local", Subnet.String(), "dev", "lo"},
	} {
		if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil { //nolint:gosec,noctx // constants, and done in a moment
			return fmt.Errorf("cannot set up the network: ip %v: %w: %s", args, err, out)
		}
	}
	return nil
}
