# Container images inside builds: laid out and written by nixdive, without a daemon and inside the sandbox.
#
#   nixdive = import ./nix { nixdive = pkgs.nixdive; };
#   image = nixdive.buildImage { name = "shop"; tag = "1"; plan = ./shop.plan.toml; config.Cmd = [ "${shop}/bin/shop" ]; };
#
# buildImage is one derivation. buildLayeredImage takes the same arguments and makes the same bytes, with a
# derivation for each layer.
#
# What it relies on: exportReferencesGraph of derivations with structured attributes and builtins.appendContext,
# Nix 2.2; unsafeDiscardReferences without an experimental feature, Nix 2.18.
{
  # The package of nixdive, or where its program is. A sandbox shows a build only what is in the store.
  nixdive,
  system ? nixdive.system or builtins.currentSystem,
  # For extraCommands and fakeRootCommands: where bash is, and packages whose bin is on the PATH: coreutils, GNU
  # tar, fakeroot.
  shell ? null,
  tools ? [ ],
  # For pullImage: a file with the certificates of those who vouch for registries; null for registries on loopback.
  certificates ? null,
}:

let
  program = if builtins.isAttrs nixdive then "${nixdive}/bin/nixdive" else toString nixdive;

  # What others write for nothing at all, like nix2container's fromImage.
  absent = value: value == null || value == "";
  either = value: otherwise: if absent value then otherwise else value;
  option = word: value: if value == null then [ ] else [ word (toString value) ];
  flag = word: value: if value == true then [ word ] else [ ];
  # An image has no name with upper case, and builds lower that of a package without a word.
  lowered =
    builtins.replaceStrings
      [ "A" "B" "C" "D" "E" "F" "G" "H" "I" "J" "K" "L" "M" "N" "O" "P" "Q" "R" "S" "T" "U" "V" "W" "X" "Y" "Z" ]
      [ "a" "b" "c" "d" "e" "f" "g" "h" "i" "j" "k" "l" "m" "n" "o" "p" "q" "r" "s" "t" "u" "v" "w" "x" "y" "z" ];
  repeated = word: builtins.concatMap (value: [ word (toString value) ]);
  listed =
    value:
    if builtins.isList value then
      value
    else if absent value then
      [ ]
    else
      [ value ];

  # A path as plain text says nothing to Nix of what it is part of.
  stored =
    path: if builtins.hasContext (toString path) then toString path else builtins.storePath (toString path);

  # The store paths that a text names, each with all that the text is made of.
  named =
    text:
    let
      letters = "[0-9abcdfghijklmnpqrsvwxyz]";
      eight = letters + letters + letters + letters + letters + letters + letters + letters;
      path = "(${builtins.storeDir}/${eight}${eight}${eight}${eight}-[-0-9a-zA-Z+._?=]+)";
      context = builtins.getContext text;
      found = builtins.filter builtins.isList (builtins.split path (builtins.unsafeDiscardStringContext text));
    in
    map (
      match: if context == { } then builtins.storePath (builtins.head match) else builtins.appendContext (builtins.head match) context
    ) found;

  permission =
    { path, mode, uid ? null, gid ? uid }:
    "${path}=${mode}" + (if uid == null then "" else ":${toString uid}:${toString gid}");

  # A store path that is there, by its name alone: what it was made from does not matter.
  present = path: builtins.appendContext path { ${path} = { path = true; }; };

  # What commands make in an empty directory, as a tar: a store would lose modes and owners.
  commanded =
    { extraCommands, fakeRootCommands }:
    if shell == null then
      throw "nixdive: extraCommands and fakeRootCommands need the arguments shell and tools of nix/default.nix"
    else
      derivation {
        name = "root.tar";
        inherit system extraCommands fakeRootCommands;
        builder = shell;
        PATH = builtins.concatStringsSep ":" (map (tool: "${tool}/bin") tools);
        SHELL = shell;
        pack = "tar --sort=name --numeric-owner --mtime=@1 --hard-dereference -cf ${builtins.placeholder "out"}";
        args = [
          "-ec"
          (
            ''
              mkdir root
              cd root
              eval "$extraCommands"
            ''
            + (
              if fakeRootCommands == "" then
                "$pack --owner=0 --group=0 ."
              else
                "fakeroot ${shell} -ec 'eval \"$fakeRootCommands\"; $pack .'"
            )
            # The last program takes the place of a shell that has nothing else to do, and tar closes its streams
            # before it ends. Nix takes that for the end of the builder, kills what is left of it, and says that
            # it failed: 17 times of 60 on a busy machine.
            + "\n:"
          )
        ];
      };

  # Runs nixdive in a derivation that has these attributes.
  run =
    attributes: args:
    derivation (
      {
        inherit system args;
        builder = program;
        __structuredAttrs = true;
      }
      # What is written here names store paths, but needs none of them.
      // (
        if builtins.compareVersions builtins.nixVersion "2.18" >= 0 then
          { unsafeDiscardReferences.out = true; }
        else
          { }
      )
      // attributes
    );

  # The arguments of both functions, as words for nixdive. null is what an argument is where nothing is said of it.
  asked =
    {
      name,
      # null is a hash of what the image is made of.
      tag ? "latest",
      # Store paths whose files are linked into the root. They, what `config` names, and what those need become the image.
      contents ? [ ],
      # Another word for contents, of dockerTools' and nix2container's users.
      copyToRoot ? [ ],
      # The `config` object of an OCI image config: Cmd, Entrypoint, Env ...
      config ? { },
      # An image to build on.
      fromImage ? null,
      maxLayers ? null,
      # The plan file that `nixdive plan -o` wrote: commit it, and layers stay from release to release.
      plan ? null,
      created ? null,
      mtime ? null,
      uid ? null,
      gid ? null,
      uname ? null,
      gname ? null,
      architecture ? null,
      includeNixDB ? false,
      includeStorePaths ? true,
      # Like { path = "/data/*"; mode = "0770"; uid = 1000; }, for what is made at the root.
      perms ? [ ],
      # Like "/tmp:1777".
      directories ? [ ],
      # Like "app:1000:1000:/home/app"; root and nobody are there with any of them, and with `passwd`.
      users ? [ ],
      passwd ? false,
      # Shell commands that make files in an empty directory, which becomes a layer on top of the others;
      # fakeRootCommands may give them owners.
      extraCommands ? "",
      fakeRootCommands ? "",
      # Tars and directories that become layers on top.
      layers ? [ ],
      compression ? null,
      # More words about the layout, as `nixdive plan` takes them.
      planOptions ? [ ],
      # More words for `nixdive write`, about what is around the layers.
      options ? [ ],
    }:
    let
      json = builtins.toJSON (either config { });
      linked = map stored (listed contents ++ listed copyToRoot);
      extra = either extraCommands "";
      rooted = either fakeRootCommands "";
      commands = extra != "" || rooted != "";
      made = commanded {
        extraCommands = extra;
        fakeRootCommands = rooted;
      };
      database = includeNixDB == true;
      kept = includeStorePaths != false;
      # What the commands have made comes with all that it needs, but is no store path of the image. A database
      # of Nix has no place for what is needed by something that is not there.
      excluded = if commands && !database then [ made ] else [ ];
      roots =
        linked
        ++ named json
        ++ excluded
        ++ (if commands && database then named (extra + rooted) else [ ]);
      # How many layers there are, and which paths are in which.
      layout =
        option "--plan" (if absent plan then null else "${plan}")
        ++ option "--max-layers" maxLayers
        ++ option "--from" (if absent fromImage then null else "${fromImage}")
        ++ repeated "--contents" linked
        ++ [
          "--config"
          # what it names comes along as the references of the build, and a file of the evaluator may have none
          (builtins.toFile "config.json" (builtins.unsafeDiscardStringContext json))
        ]
        ++ repeated "--mkdir" (listed directories)
        ++ repeated "--add-user" (listed users)
        ++ repeated "--perm" (map permission (listed perms))
        ++ repeated "--layer" (map (layer: "${layer}") ((if commands then [ made ] else [ ]) ++ listed layers))
        ++ repeated "--exclude" excluded
        ++ flag "--passwd" passwd
        ++ flag "--nix-db" database
        ++ flag "--no-store-paths" (!kept)
        ++ listed planOptions;
      # What the bytes of a layer depend on beside its paths.
      bytes =
        option "--mtime" mtime
        ++ option "--uid" uid
        ++ option "--gid" gid
        ++ option "--uname" uname
        ++ option "--gname" gname
        ++ option "--compression" compression;
      more = listed options;
      about = option "--created" created ++ option "--architecture" architecture;
      imageName = lowered name;
      imageTag = either tag (
        builtins.substring 0 32 (
          builtins.hashString "sha256" (
            builtins.unsafeDiscardStringContext (builtins.toJSON (layout ++ bytes ++ about ++ more))
          )
        )
      );
    in
    {
      inherit kept layout bytes;
      # What others ask an image for.
      attributes = {
        inherit imageName imageTag;
      };
      file = "${baseNameOf name}.tar";
      # What the layers are made of.
      closure = {
        exportReferencesGraph.closure =
          if roots == [ ] then
            throw "nixdive: the image ${name} has no store path: name one in contents or config"
          else
            roots;
      };
      # The words of `options` that say something of layers and their bytes: all but those about what `write` prints.
      options = builtins.filter (word: !builtins.elem word [ "--verify" "--json" ]) more;
      rest = [
        "--output"
        (builtins.placeholder "out")
        "--name"
        "${imageName}:${imageTag}"
        "--quiet" # a build has a terminal, but its log is not a place for a bar
        "--no-cache"
      ]
      ++ about
      ++ more;
    };
in
rec {
  # Returns a derivation whose output is the image, in an archive that docker, podman, ctr and skopeo load. Its
  # bytes are those that `nixdive write` makes with the same plan, paths and options. `imageName` and `imageTag`
  # of the result are what the image is called.
  buildImage =
    arguments:
    let
      it = asked arguments;
    in
    run ({ name = it.file; } // it.closure) (
      [
        "write"
        ".attrs.json"
      ]
      ++ it.layout
      ++ it.bytes
      ++ it.rest
    )
    // it.attributes;

  # Returns what a digest names in a registry, for `fromImage`: an OCI archive with its manifests and layers as they
  # are, of all platforms that it is for. It is fetched when it is built, which Nix allows since it knows what will
  # come: `hash`, or `sha256`, of the archive. Left out, Nix says which it is.
  pullImage =
    {
      # HOST/NAME, and the digest of the image or the index there.
      imageName,
      imageDigest,
      sha256 ? "",
      hash ? sha256,
      # What it is called in the archive.
      finalImageName ? imageName,
      finalImageTag ? "latest",
    }:
    derivation (
      {
        name = "${baseNameOf imageName}.tar";
        inherit system;
        builder = program;
        args = [
          "index"
          "docker://${imageName}@${imageDigest}"
          "--output"
          (builtins.placeholder "out")
          "--name"
          "${lowered finalImageName}:${finalImageTag}"
          "--quiet"
        ];
        outputHashMode = "flat";
        outputHash = hash;
        impureEnvVars = [
          "http_proxy"
          "https_proxy"
          "no_proxy"
        ];
        preferLocalBuild = true;
      }
      # a hash in the form of SRI says by itself of what kind it is
      // (if builtins.match "sha256-.*" hash == null then { outputHashAlgo = "sha256"; } else { })
      // (if certificates == null then { } else { SSL_CERT_FILE = certificates; })
    )
    // {
      inherit imageName imageDigest;
    };

  # Returns the same image, put together from layers that are derivations of their own: they are built in
  # parallel, on whatever builders there are, and again only where what is in them changes. The layout is built
  # while Nix evaluates (import from derivation). `layers` of the result are the derivations, lowest first.
  buildLayeredImage =
    arguments:
    let
      it = asked arguments;
      layout = run (
        {
          name = "${it.file}-layers.json";
          # whoever has the layout then has the store paths as well, wherever it was built
          unsafeDiscardReferences.out = false;
        }
        // it.closure
      ) (
        [ "emit" ".attrs.json" "--as" "layers" "--output" (builtins.placeholder "out") "--quiet" ]
        ++ it.layout
        ++ it.bytes
        ++ it.options
      );
      text = builtins.unsafeDiscardStringContext (builtins.readFile layout);
      document = builtins.fromJSON text;
      # Whatever said it, in the order in which the layout has understood it: of "now" there is one.
      bytes = [ "--compression" document.compression ] ++ builtins.concatMap (word: option "--${word}" document.stamp.${word}) [
        "mtime"
        "uid"
        "gid"
        "uname"
        "gname"
      ];
      layers = map (
        paths:
        run { name = "layer"; } (
          [ "pack" "--output" (builtins.placeholder "out") "--quiet" ] ++ bytes ++ map present paths
        )
      ) document.layers;
    in
    if !it.kept || document.layers == [ ] then
      buildImage arguments // { layers = [ ]; }
    else
      run { name = it.file; } (
        [
          "write"
          # of the store paths it needs their graph alone
          "closure:${builtins.toFile "closure.json" text}"
        ]
        ++ repeated "--packed" layers
        ++ it.layout
        ++ it.rest
        ++ bytes
      )
      // it.attributes
      // {
        inherit layers;
      };
}
