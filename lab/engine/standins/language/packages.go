package language

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// manifest is what a package.json says about a package's provider plugin.
type manifest struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Pulumi  struct {
		Resource         bool              `json:"resource"`
		Name             string            `json:"name"`
		Version          string            `json:"version"`
		Server           string            `json:"server"`
		Parameterization *parameterization `json:"parameterization"`
	} `json:"pulumi"`
}

type parameterization struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Value   []byte `json:"value"`
}

// requiredPackages finds the packages with a provider plugin among a program's installed ones, nested ones included.
func requiredPackages(programDirectory string) ([]*pulumirpc.PackageDependency, error) {
	found := map[string]*pulumirpc.PackageDependency{}
	if err := collect(filepath.Join(programDirectory, "node_modules"), found); err != nil {
		return nil, err
	}
	packages := make([]*pulumirpc.PackageDependency, 0, len(found))
	for _, dependency := range found {
		packages = append(packages, dependency)
	}
	sort.Slice(packages, func(i, j int) bool {
		return packages[i].Name+packages[i].Version < packages[j].Name+packages[j].Version
	})
	return packages, nil
}

// collect reads the manifests below one node_modules folder, one level of `@scope` folders and nested node_modules.
func collect(nodeModules string, found map[string]*pulumirpc.PackageDependency) error {
	entries, err := os.ReadDir(nodeModules)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, entry := range entries {
		directory := filepath.Join(nodeModules, entry.Name())
		switch {
		case strings.HasPrefix(entry.Name(), "."):
			continue
		case strings.HasPrefix(entry.Name(), "@"):
			err = collect(directory, found)
		default:
			err = collectPackage(directory, found)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func collectPackage(directory string, found map[string]*pulumirpc.PackageDependency) error {
	content, err := os.ReadFile(filepath.Join(directory, "package.json"))
	if err != nil {
		return nil // no package: a plain file or a folder without a manifest
	}
	var info manifest
	if err := json.Unmarshal(content, &info); err == nil && info.Pulumi.Resource {
		dependency, err := info.dependency()
		if err != nil {
			return fmt.Errorf("%s: %w", directory, err)
		}
		found[dependency.Name+"@"+dependency.Version] = dependency
	}
	return collect(filepath.Join(directory, "node_modules"), found)
}

// dependency gives the plugin that a package belongs to: named by its `pulumi` section, else by the package itself.
func (m manifest) dependency() (*pulumirpc.PackageDependency, error) {
	name, version := m.Pulumi.Name, m.Pulumi.Version
	if name == "" {
		scoped, ok := strings.CutPrefix(m.Name, "@pulumi/")
		if !ok {
			return nil, fmt.Errorf("package %q names no plugin in the `pulumi` section of its package.json", m.Name)
		}
		name = scoped
	}
	if version == "" {
		version = m.Version
	}
	if version == "" {
		return nil, fmt.Errorf("package %q has no version", m.Name)
	}
	dependency := &pulumirpc.PackageDependency{
		Name: name, Kind: "resource", Version: "v" + strings.TrimPrefix(version, "v"), Server: m.Pulumi.Server,
	}
	if p := m.Pulumi.Parameterization; p != nil {
		dependency.Parameterization = &pulumirpc.PackageParameterization{
			Name: p.Name, Version: p.Version, Value: p.Value,
		}
	}
	return dependency, nil
}
