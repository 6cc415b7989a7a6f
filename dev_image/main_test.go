package main

// The tests start the real program: this test binary, with the arguments and environment of a container.

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"
)

const (
	asServer      = "SPECTRO_SERVER_UNDER_TEST"
	headerTimeout = "SPECTRO_SERVER_READ_HEADER_TIMEOUT"
)

func TestMain(m *testing.M) {
	if os.Getenv(asServer) != "" {
		if limit, err := time.ParseDuration(os.Getenv(headerTimeout)); err == nil {
			readHeaderTimeout = limit
		}
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// command returns the program with these arguments and only these environment variables.
func command(args []string, env ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(env, asServer+"=1")
	return cmd
}

type server struct {
	t       *testing.T
	base    string
	client  *http.Client
	process *exec.Cmd
	ended   chan error // the result of Wait

	mu  sync.Mutex
	log bytes.Buffer
}

var listening = regexp.MustCompile(`listening on (\S+?:\d+)(, tls)?`)

// start runs the program on a free loopback port until the test ends. Its data is in a temporary directory.
func start(t *testing.T, args []string, env ...string) *server {
	t.Helper()
	defaults := []string{"REGISTRY_HTTP_ADDR=127.0.0.1:0"}
	if len(args) == 0 {
		defaults = append(defaults, "REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY="+t.TempDir())
	}
	s := &server{t: t, client: &http.Client{}, process: command(args, append(defaults, env...)...), ended: make(chan error, 1)}
	reader, writer := io.Pipe()
	s.process.Stdout, s.process.Stderr = writer, writer
	if err := s.process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.process.Process.Kill() })
	go func() {
		s.ended <- s.process.Wait()
		writer.Close()
	}()

	address := make(chan []string, 1)
	go func() {
		for lines := bufio.NewScanner(reader); lines.Scan(); {
			s.mu.Lock()
			fmt.Fprintln(&s.log, lines.Text())
			s.mu.Unlock()
			if found := listening.FindStringSubmatch(lines.Text()); found != nil {
				address <- found
			}
		}
		close(address)
	}()
	select {
	case found := <-address:
		if found == nil {
			t.Fatalf("the server ended immediately:\n%s", s.logged())
		}
		s.base = "http://" + found[1]
		if found[2] != "" {
			s.base = "https://" + found[1]
		}
	case <-time.After(20 * time.Second):
		t.Fatalf("the server did not log its address:\n%s", s.logged())
	}
	return s
}

func (s *server) logged() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.String()
}

// answer is a response with its body.
type answer struct {
	*http.Response
	body string
}

// do sends a request. The credentials are "user:password", or empty for none.
func (s *server) do(method, path, credentials string, body string, headers ...string) answer {
	s.t.Helper()
	target := path
	if !strings.Contains(path, "://") {
		target = s.base + path
	}
	request, err := http.NewRequest(method, target, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	if user, password, given := strings.Cut(credentials, ":"); given {
		request.SetBasicAuth(user, password)
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := s.client.Do(request)
	if err != nil {
		s.t.Fatalf("%s %s: %v\n%s", method, path, err, s.logged())
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer{response, string(content)}
}

func (s *server) get(path, credentials string) answer {
	s.t.Helper()
	return s.do(http.MethodGet, path, credentials, "")
}

func (s *server) wants(got answer, status int) answer {
	s.t.Helper()
	if got.StatusCode != status {
		s.t.Fatalf("%s %s: got %d, want %d: %s", got.Request.Method, got.Request.URL.Path, got.StatusCode, status, got.body)
	}
	return got
}

// users returns the content of an htpasswd file with the lowest bcrypt cost.
func users(t *testing.T, credentials ...string) string {
	t.Helper()
	var file strings.Builder
	for _, line := range credentials {
		user, password, _ := strings.Cut(line, ":")
		hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&file, "%s:%s\n", user, hash)
	}
	return file.String()
}

func write(t *testing.T, path, content string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const (
	admin  = "admin:correct horse"
	reader = "spectro:battery staple"
)

// withAuth returns the container's environment of Palette's guide.
func withAuth(htpasswd string) []string {
	return []string{
		"REGISTRY_LOG_LEVEL=info",
		"REGISTRY_AUTH=htpasswd",
		"REGISTRY_AUTH_HTPASSWD_REALM=Registry Realm",
		"REGISTRY_AUTH_HTPASSWD_PATH=" + htpasswd,
	}
}

func startWithUsers(t *testing.T) *server {
	t.Helper()
	htpasswd := write(t, filepath.Join(t.TempDir(), "htpasswd-basic"), users(t, admin, reader))
	return start(t, nil, withAuth(htpasswd)...)
}

// stop ends the server as `docker stop` does.
func (s *server) stop() {
	s.t.Helper()
	if err := s.process.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Fatal(err)
	}
	select {
	case err := <-s.ended:
		if err != nil {
			s.t.Fatalf("SIGTERM must end the server with exit code 0: %v\n%s", err, s.logged())
		}
	case <-time.After(drainTimeout + 5*time.Second):
		s.t.Fatalf("the server outlived SIGTERM:\n%s", s.logged())
	}
}
