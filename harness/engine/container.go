package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
)

// Spec is a container to create: what Compose asks for, already translated.
type Spec struct {
	Name    string
	Image   string
	Network Network
	IP      netip.Addr
	Labels  map[string]string
	Config  func(*container.Config)     // sets what Compose asks for
	Host    func(*container.HostConfig) // the same for the host's side
	Files   []testcontainers.ContainerFile
}

// Create makes a container without starting it and gives its id.
func (e *Engine) Create(ctx context.Context, s Spec) (string, error) {
	if _, ok := e.HasImage(ctx, s.Image); !ok {
		// testcontainers-go would try to pull and say something less clear.
		return "", fmt.Errorf("engine: container %s: the engine holds no image %s: build it, or load it", s.Name, s.Image)
	}
	c, err := testcontainers.GenericContainer(ctx, testcontainers.GenericContainerRequest{
		ContainerRequest: testcontainers.ContainerRequest{
			Name:               s.Name,
			Image:              s.Image,
			Labels:             s.Labels,
			Networks:           []string{s.Network.Name},
			Files:              s.Files,
			ConfigModifier:     s.Config,
			HostConfigModifier: s.Host,
			EndpointSettingsModifier: func(m map[string]*network.EndpointSettings) {
				for _, ep := range m {
					// No aliases: every lookup of a service name must reach the fabric.
					ep.Aliases = nil
					if s.IP.IsValid() {
						ep.IPAMConfig = &network.EndpointIPAMConfig{IPv4Address: s.IP}
					}
				}
			},
		},
		Started: false,
		Logger:  silent{},
	})
	if err != nil {
		return "", fmt.Errorf("engine: create container %s: %w", s.Name, err)
	}
	return c.GetContainerID(), nil
}

// silent keeps testcontainers-go from printing into the user's terminal.
type silent struct{}

func (silent) Printf(string, ...any) {}

// Start starts a created or stopped container.
func (e *Engine) Start(ctx context.Context, id string) error {
	if _, err := e.api.ContainerStart(ctx, id, client.ContainerStartOptions{}); err != nil {
		return fmt.Errorf("engine: start container: %w", err)
	}
	return nil
}

// Kill sends SIGKILL and returns when the engine has taken note. A container
// that is not running is no error: it is as dead as asked.
func (e *Engine) Kill(ctx context.Context, id string) error {
	_, err := e.api.ContainerKill(ctx, id, client.ContainerKillOptions{Signal: "SIGKILL"})
	if err != nil && !errdefs.IsConflict(err) && !errdefs.IsNotFound(err) {
		return fmt.Errorf("engine: kill container: %w", err)
	}
	return nil
}

// Stop asks the main process to end and kills it after grace.
func (e *Engine) Stop(ctx context.Context, id string, grace time.Duration) error {
	seconds := int(grace.Seconds())
	if _, err := e.api.ContainerStop(ctx, id, client.ContainerStopOptions{Timeout: &seconds}); err != nil && !errdefs.IsNotFound(err) {
		return fmt.Errorf("engine: stop container: %w", err)
	}
	return nil
}

// Pause freezes every process of a container.
func (e *Engine) Pause(ctx context.Context, id string) error {
	if _, err := e.api.ContainerPause(ctx, id, client.ContainerPauseOptions{}); err != nil {
		return fmt.Errorf("engine: pause container: %w", err)
	}
	return nil
}

// Unpause thaws them; a container that is not paused is no error.
func (e *Engine) Unpause(ctx context.Context, id string) error {
	_, err := e.api.ContainerUnpause(ctx, id, client.ContainerUnpauseOptions{})
	if err != nil && !errdefs.IsConflict(err) && !errdefs.IsNotFound(err) && !strings.Contains(err.Error(), "not paused") {
		return fmt.Errorf("engine: unpause container: %w", err)
	}
	return nil
}

// Remove removes a container with its anonymous volumes, running or not.
func (e *Engine) Remove(ctx context.Context, id string) error {
	_, err := e.api.ContainerRemove(ctx, id, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
	if err != nil && !errdefs.IsNotFound(err) {
		return fmt.Errorf("engine: remove container: %w", err)
	}
	return nil
}

// State is what the engine tells of a container now, never a cached answer.
type State struct {
	Running  bool
	Paused   bool
	Health   string // none, starting, healthy, unhealthy
	ExitCode int
	Pid      int                   // of its first process on the engine's machine; 0 while it does not run
	Started  time.Time             // of the process that runs, or ran last; zero for one that never did
	Starved  bool                  // the kernel killed a process for want of memory
	IPs      map[string]netip.Addr // by network name
	ImageID  string
	Ports    map[string]string // published: "7070/tcp" -> "127.0.0.1:49153"
}

// Inspect asks the engine.
func (e *Engine) Inspect(ctx context.Context, id string) (State, error) {
	res, err := e.api.ContainerInspect(ctx, id, client.ContainerInspectOptions{})
	if err != nil {
		return State{}, fmt.Errorf("engine: inspect container: %w", err)
	}
	c := res.Container
	s := State{Health: "none", IPs: map[string]netip.Addr{}, Ports: map[string]string{}, ImageID: c.Image}
	if c.State != nil {
		s.Running, s.Paused, s.ExitCode, s.Starved, s.Pid = c.State.Running, c.State.Paused, c.State.ExitCode, c.State.OOMKilled, c.State.Pid
		// A time that cannot be read is that of a container that never ran.
		s.Started, _ = time.Parse(time.RFC3339Nano, c.State.StartedAt)
		if c.State.Health != nil {
			s.Health = string(c.State.Health.Status)
		}
	}
	if c.NetworkSettings != nil {
		for name, n := range c.NetworkSettings.Networks {
			s.IPs[name] = n.IPAddress
		}
		for port, bound := range c.NetworkSettings.Ports {
			for _, b := range bound {
				s.Ports[port.String()] = fmt.Sprintf("%s:%s", b.HostIP, b.HostPort)
			}
		}
	}
	return s, nil
}

// WaitReady waits until a container is healthy or, where it has no health
// check, runs. It fails at once when the container ends or when the engine calls
// it unhealthy, as Compose does, and at the context's bound; each error holds
// the container's last log lines.
func (e *Engine) WaitReady(ctx context.Context, id, name string) error {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		s, err := e.Inspect(ctx, id)
		switch {
		case ctx.Err() != nil:
		case err != nil:
			return fmt.Errorf("%s: %w", name, err)
		case s.Running && (s.Health == "healthy" || s.Health == "none"):
			return nil
		case s.Health == "unhealthy":
			return fmt.Errorf("%s is unhealthy: its health check failed too often; its last lines:\n%s", name, e.Tail(ctx, id, 15))
		case !s.Running:
			return fmt.Errorf("%s ended with code %d before it was ready; its last lines:\n%s", name, s.ExitCode, e.Tail(ctx, id, 15))
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s never became healthy: %w; its last lines:\n%s", name, context.Cause(ctx), e.Tail(context.WithoutCancel(ctx), id, 15))
		case <-tick.C:
		}
	}
}

// Tail is the last n log lines of a container, or why there are none, without
// the values that may be secret: it is for people to read, in errors and reports.
func (e *Engine) Tail(ctx context.Context, id string, n int) string {
	return e.shown(ctx, id, e.Log(ctx, id, n))
}

// Log is the last n log lines as they were written. They may hold secrets: they
// are for the harness to look for something in, never to be told.
func (e *Engine) Log(ctx context.Context, id string, n int) string {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	rc, err := e.api.ContainerLogs(ctx, id, client.ContainerLogsOptions{ShowStdout: true, ShowStderr: true, Tail: fmt.Sprint(n)})
	if err != nil {
		return fmt.Sprintf("  (its log cannot be read: %v)", err)
	}
	defer rc.Close()
	var out bytes.Buffer
	if _, err := stdcopy.StdCopy(&out, &out, io.LimitReader(rc, 1<<20)); err != nil {
		fmt.Fprintf(&out, "(the log breaks off: %v)", err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	return "  " + strings.Join(lines, "\n  ")
}

// ExitError is a command that ran and ended with another code than 0.
type ExitError struct {
	Command []string
	Code    int
	Output  string // as it came
	Shown   string // without what may be secret
}

// Error names the command, its code and the end of its output, as it may be shown.
func (e *ExitError) Error() string {
	out := strings.TrimSpace(e.Shown)
	return fmt.Sprintf("%s ended with code %d: %s", strings.Join(e.Command, " "), e.Code, out[max(0, len(out)-400):])
}

// Exec runs a command in a running container and gives what it printed. A code
// other than 0 is an *ExitError.
func (e *Engine) Exec(ctx context.Context, id string, command []string) (string, error) {
	created, err := e.api.ExecCreate(ctx, id, client.ExecCreateOptions{Cmd: command, AttachStdout: true, AttachStderr: true})
	if err != nil {
		return "", fmt.Errorf("engine: exec %s: %w", command[0], err)
	}
	att, err := e.api.ExecAttach(ctx, created.ID, client.ExecAttachOptions{})
	if err != nil {
		return "", fmt.Errorf("engine: exec %s: %w", command[0], err)
	}
	// The stream knows no context: closing it ends the read.
	stop := context.AfterFunc(ctx, att.Close)
	defer att.Close()
	var out bytes.Buffer
	_, err = stdcopy.StdCopy(&out, &out, att.Reader)
	if !stop() && ctx.Err() != nil {
		return out.String(), fmt.Errorf("engine: exec %s: not done in time: %w", strings.Join(command, " "), context.Cause(ctx))
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return out.String(), fmt.Errorf("engine: exec %s: read its output: %w", command[0], err)
	}
	res, err := e.api.ExecInspect(ctx, created.ID, client.ExecInspectOptions{})
	if err != nil {
		return out.String(), fmt.Errorf("engine: exec %s: ask for its code: %w", command[0], err)
	}
	if res.ExitCode != 0 {
		return out.String(), &ExitError{Command: command, Code: res.ExitCode, Output: out.String(), Shown: e.shown(ctx, id, out.String())}
	}
	return out.String(), nil
}

// WaitExit waits until a container's main process has ended and gives its code.
func (e *Engine) WaitExit(ctx context.Context, id string) (int, error) {
	w := e.api.ContainerWait(ctx, id, client.ContainerWaitOptions{Condition: container.WaitConditionNotRunning})
	select {
	case r := <-w.Result:
		return int(r.StatusCode), nil
	case err := <-w.Error:
		return 0, fmt.Errorf("engine: wait for the end of a container: %w", err)
	case <-ctx.Done():
		return 0, fmt.Errorf("engine: wait for the end of a container: %w", context.Cause(ctx))
	}
}
