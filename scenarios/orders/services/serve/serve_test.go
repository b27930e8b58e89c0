package serve

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

func TestStoppingServerFinishesRequestsAndRefusesNewOnes(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(entered)
		<-release
		_, _ = io.WriteString(w, "done")
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := listener.Addr().String()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- until(ctx, listener, handler) }()

	answer := make(chan string, 1)
	go func() {
		response, err := http.Get("http://" + addr)
		if err != nil {
			answer <- err.Error()
			return
		}
		defer response.Body.Close()
		body, _ := io.ReadAll(response.Body)
		answer <- string(body)
	}()
	<-entered
	cancel()

	refused := false
	for deadline := time.Now().Add(2 * time.Second); !refused && time.Now().Before(deadline); {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			refused = true
			break
		}
		conn.Close()
		time.Sleep(5 * time.Millisecond)
	}
	if !refused {
		t.Error("a stopping server still takes connections")
	}
	close(release)
	if got := <-answer; got != "done" {
		t.Errorf("the request under way got %q, want its answer", got)
	}
	if err := <-ended; err != nil {
		t.Errorf("stop: %v", err)
	}
}

func TestHealthyIsOnlyStatus200(t *testing.T) {
	for _, status := range []int{http.StatusOK, http.StatusNoContent, http.StatusServiceUnavailable} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
		}))
		err := Healthy(t.Context(), server.URL)
		if (err == nil) != (status == http.StatusOK) {
			t.Errorf("status %d: Healthy said %v", status, err)
		}
		server.Close()
		if err := Healthy(t.Context(), server.URL); err == nil {
			t.Error("Healthy accepted a server that is gone")
		}
	}
}
