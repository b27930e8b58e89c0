package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestAnswers(t *testing.T) {
	server := httptest.NewServer(handler("paris"))
	defer server.Close()
	for path, want := range map[string]string{
		"/items/item-7": `{"available":true,"item":"item-7"}`,
		"/healthz":      `{"status":"ok"}`,
		"/version":      `{"release":"dev","service":"stock","site":"paris"}`,
	} {
		response, err := http.Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.TrimSpace(string(body)); response.StatusCode != http.StatusOK || got != want {
			t.Errorf("%s: %d %s, want 200 %s", path, response.StatusCode, got, want)
		}
	}
}
