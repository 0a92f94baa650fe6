package language

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/google/shlex"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

const (
	// runner is the module of @pulumi/pulumi that runs a program.
	runner = "@pulumi/pulumi/cmd/run"
	// exitAlreadyReported is the runner's exit code when it has shown the error to the user itself.
	exitAlreadyReported = 32
	// interruptGrace is how long an interrupted program may take to end before it is killed.
	interruptGrace = 5 * time.Second
)

// options are those of Pulumi.yaml's `runtime.options` that concern running a program.
type options struct {
	typescript bool
	tsconfig   string
	nodeArgs   []string
}

func parseOptions(values map[string]any) (options, error) {
	parsed := options{typescript: true}
	var nodeArgs string
	for name, value := range values {
		ok := true
		switch name {
		case "typescript":
			parsed.typescript, ok = value.(bool)
		case "tsconfig":
			parsed.tsconfig, ok = value.(string)
		case "nodeargs":
			nodeArgs, ok = value.(string)
		}
		if !ok {
			return parsed, fmt.Errorf("runtime option %s in Pulumi.yaml has the wrong type: %v", name, value)
		}
	}
	var err error
	parsed.nodeArgs, err = shlex.Split(nodeArgs)
	return parsed, err
}

func (o options) environment() []string {
	var environment []string
	if o.typescript {
		environment = append(environment, "PULUMI_NODEJS_TYPESCRIPT=true")
	}
	if o.tsconfig != "" {
		environment = append(environment, "PULUMI_NODEJS_TSCONFIG_PATH="+o.tsconfig)
	}
	return environment
}

// Run runs a program to its end. Errors of the program are in the response; only failures of the host are errors.
func (h *Host) Run(ctx context.Context, request *pulumirpc.RunRequest) (*pulumirpc.RunResponse, error) {
	command, err := h.command(ctx, request)
	if err != nil {
		return &pulumirpc.RunResponse{Error: err.Error()}, nil
	}
	err = command.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return &pulumirpc.RunResponse{}, nil
	case errors.As(err, &exit) && exit.ExitCode() == exitAlreadyReported:
		return &pulumirpc.RunResponse{Bail: true}, nil
	case errors.As(err, &exit):
		message := fmt.Sprintf("Program exited with non-zero exit code: %d", exit.ExitCode())
		return &pulumirpc.RunResponse{Error: message}, nil
	default:
		return &pulumirpc.RunResponse{Error: fmt.Sprintf("could not run the program: %s", err)}, nil
	}
}

func (h *Host) command(ctx context.Context, request *pulumirpc.RunRequest) (*exec.Cmd, error) {
	parsed, err := parseOptions(request.GetInfo().GetOptions().AsMap())
	if err != nil {
		return nil, err
	}
	settings, err := configuration(request)
	if err != nil {
		return nil, err
	}
	node, err := exec.LookPath("node")
	if err != nil {
		return nil, fmt.Errorf("could not find node on the PATH: %w", err)
	}
	directory := request.GetInfo().GetProgramDirectory()
	script, err := resolve(node, directory)
	if err != nil {
		return nil, err
	}
	programContext, cancel := context.WithCancel(h.lifetime)
	context.AfterFunc(ctx, cancel)
	command := exec.CommandContext(programContext, node, append(parsed.nodeArgs, h.arguments(request, script)...)...)
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	command.WaitDelay = interruptGrace
	command.Env = append(append(os.Environ(), settings...), parsed.environment()...)
	// Node changes the blocking mode of streams it inherits; wrapped, they are copied instead of inherited.
	command.Stdout = struct{ io.Writer }{os.Stdout}
	command.Stderr = struct{ io.Writer }{os.Stderr}
	return command, nil
}

// resolve finds the runner among the program's own packages, so that host and program share one @pulumi/pulumi.
func resolve(node, directory string) (string, error) {
	command := exec.Command(node, "-p", fmt.Sprintf("require.resolve(%q)", runner))
	command.Dir = directory
	path, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("@pulumi/pulumi is not installed in %s: run `npm ci` there", directory)
	}
	return strings.TrimSpace(string(path)), nil
}

func (h *Host) arguments(request *pulumirpc.RunRequest, script string) []string {
	h.mutex.Lock()
	engine := h.engineAddress
	h.mutex.Unlock()
	arguments := []string{script}
	for _, flag := range [][2]string{
		{"monitor", request.GetMonitorAddress()},
		{"engine", engine},
		{"organization", request.GetOrganization()},
		{"project", request.GetProject()},
		{"root-directory", request.GetInfo().GetRootDirectory()},
		{"stack", request.GetStack()},
		{"pwd", request.GetInfo().GetProgramDirectory()},
		{"parallel", strconv.Itoa(int(request.GetParallel()))},
	} {
		if flag[1] != "" {
			arguments = append(arguments, "--"+flag[0], flag[1])
		}
	}
	if request.GetDryRun() {
		arguments = append(arguments, "--dry-run")
	}
	return append(append(arguments, request.GetInfo().GetEntryPoint()), request.GetArgs()...)
}

// configuration gives the stack's configuration as the variables in which @pulumi/pulumi looks for it.
func configuration(request *pulumirpc.RunRequest) ([]string, error) {
	values := map[string]string{}
	for name, value := range request.GetConfig() {
		key, err := config.ParseKey(name)
		if err != nil {
			return nil, err
		}
		values[key.Namespace()+":config:"+key.Name()] = value
	}
	encodedValues, err := json.Marshal(values)
	if err != nil {
		return nil, err
	}
	secretKeys := request.GetConfigSecretKeys()
	if secretKeys == nil {
		secretKeys = []string{}
	}
	encodedSecretKeys, err := json.Marshal(secretKeys)
	if err != nil {
		return nil, err
	}
	return []string{"PULUMI_CONFIG=" + string(encodedValues), "PULUMI_CONFIG_SECRET_KEYS=" + string(encodedSecretKeys)}, nil
}
