// Package language runs Node.js programs for the Pulumi engine.
package language

import (
	"context"
	"errors"
	"os/exec"
	"strings"
	"sync"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"
)

// Host is the language host for one engine.
type Host struct {
	pulumirpc.UnimplementedLanguageRuntimeServer

	version       string
	engineAddress string

	// lifetime ends when the engine cancels; programs that still run then are interrupted.
	lifetime context.Context
	cancel   context.CancelFunc
	mutex    sync.Mutex
}

// NewHost makes a host. The engine's address may be empty if the engine says it later, by Handshake.
func NewHost(version, engineAddress string) *Host {
	lifetime, cancel := context.WithCancel(context.Background())
	return &Host{version: version, engineAddress: engineAddress, lifetime: lifetime, cancel: cancel}
}

// Handshake takes the address of the engine.
func (h *Host) Handshake(
	_ context.Context, request *pulumirpc.LanguageHandshakeRequest,
) (*pulumirpc.LanguageHandshakeResponse, error) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if address := request.GetEngineAddress(); address != "" {
		h.engineAddress = address
	}
	return &pulumirpc.LanguageHandshakeResponse{}, nil
}

// GetPluginInfo tells the version.
func (h *Host) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: h.version}, nil
}

// GetRequiredPackages lists the provider plugins that the installed npm packages belong to.
func (h *Host) GetRequiredPackages(
	_ context.Context, request *pulumirpc.GetRequiredPackagesRequest,
) (*pulumirpc.GetRequiredPackagesResponse, error) {
	packages, err := requiredPackages(request.GetInfo().GetProgramDirectory())
	if err != nil {
		return nil, err
	}
	return &pulumirpc.GetRequiredPackagesResponse{Packages: packages}, nil
}

// About describes the Node.js that runs programs.
func (h *Host) About(context.Context, *pulumirpc.AboutRequest) (*pulumirpc.AboutResponse, error) {
	node, err := exec.LookPath("node")
	if err != nil {
		return nil, err
	}
	version, err := exec.Command(node, "--version").Output()
	if err != nil {
		return nil, err
	}
	return &pulumirpc.AboutResponse{Executable: node, Version: strings.TrimSpace(string(version))}, nil
}

// RuntimeOptionsPrompts has nothing to ask: npm is the package manager.
func (h *Host) RuntimeOptionsPrompts(
	context.Context, *pulumirpc.RuntimeOptionsRequest,
) (*pulumirpc.RuntimeOptionsResponse, error) {
	return &pulumirpc.RuntimeOptionsResponse{}, nil
}

// InstallDependencies refuses: the lab installs with npm itself.
func (h *Host) InstallDependencies(
	*pulumirpc.InstallDependenciesRequest, pulumirpc.LanguageRuntime_InstallDependenciesServer,
) error {
	return errors.New("this stand-in installs nothing: run `npm ci` in the program's directory")
}

// Cancel interrupts running programs.
func (h *Host) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	h.cancel()
	return &emptypb.Empty{}, nil
}
