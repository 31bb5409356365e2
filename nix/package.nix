# nixdive as a package of nixpkgs: pkgs.callPackage ./nix/package.nix { }
{
  lib,
  python3,
  fetchPypi,
  # Of dockerTools' users: what extraCommands and fakeRootCommands run with.
  bash,
  cacert,
  coreutils,
  fakeroot,
  gnutar,
}:

let
  packages = python3.pkgs;
  version = builtins.head (
    builtins.match ".*__version__ = \"([^\"]+)\".*" (builtins.readFile ../nixdive/__init__.py)
  );

  # What compresses gzip layers, with the libdeflate that it comes with: the bytes of layers depend on it.
  deflate =
    packages.deflate or (packages.buildPythonPackage rec {
      pname = "deflate";
      version = "0.9.0";
      pyproject = true;
      src = fetchPypi {
        inherit pname version;
        hash = "sha256-li4Kbx6jqUuQCo6gzhOPqSv8uv2luGNnEEoln/zTRis=";
      };
      build-system = [ packages.scikit-build-core ];
      nativeBuildInputs = [
        packages.cmake
        packages.ninja
      ];
      dontUseCmakeConfigure = true;
      pythonImportsCheck = [ "deflate" ];
      meta.license = lib.licenses.mit;
    });

  package = packages.buildPythonApplication {
    pname = "nixdive";
    inherit version;
    pyproject = true;
    # What is in the wheel: neither docs nor tests change the package, and with it all layers.
    src = builtins.path {
      name = "nixdive-source";
      path = ../.;
      filter =
        path: _:
        let
          words = builtins.filter builtins.isString (builtins.split "/" (lib.removePrefix (toString ../. + "/") path));
        in
        builtins.elem (builtins.head words) [
          "nixdive"
          "pyproject.toml"
          "hatch_build.py"
          "README.md"
          "LICENSE"
        ]
        && !builtins.elem "__pycache__" words
        && builtins.match ".*[.]so" path == null;
    };
    build-system = [
      packages.hatchling
      packages.click
      packages.setuptools
    ];
    dependencies = [
      deflate
    ]
    ++ map (name: packages.${name}) [
      "click"
      "humanize"
      "isal"
      "networkx"
      "numpy"
      "platformdirs"
      "pyyaml"
      "textual"
      "tomlkit"
      "urllib3"
      "zstandard"
    ];
    pythonImportsCheck = [ "nixdive" ];
    passthru = {
      # buildImage and buildLayeredImage, with all that they may need.
      tools = import ./. {
        nixdive = package;
        shell = "${bash}/bin/bash";
        certificates = "${cacert}/etc/ssl/certs/ca-bundle.crt";
        tools = [
          coreutils
          gnutar
          fakeroot
        ];
      };
    };
    meta = {
      description = "See, tune and write the layers of container images built with Nix";
      license = lib.licenses.mit;
      mainProgram = "nixdive";
    };
  };
in
package
