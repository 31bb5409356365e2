# The store of the demo: one derivation for each package, both versions of the shop.
{ sourcesDir, toolchain }:
let
  sources = builtins.fromJSON (builtins.readFile ./sources.json);
  text = file: builtins.toFile (baseNameOf file) (builtins.readFile file);
  common = text ./common.sh;

  # source: a key of sources.json; tree: a directory of our own; uses: packages by the name that the script has for
  # them; links: those of them to link against; vars: what else the script reads.
  make = name: { script, source ? null, tree ? null, uses ? { }, links ? [ ], dev ? false, vars ? { } }:
    let
      from = if source == null then { files = { }; patched = ""; } else sources.${source};
      files = builtins.attrNames from.files;
      placed = file: "${sourcesDir}/${file}";
    in
    derivation (uses // vars // {
      inherit name toolchain;
      system = "x86_64-linux";
      builder = "/bin/sh";
      args = [ "-eu" common ];
      script = text (./packages + "/${script}.sh");
      source = map placed files;
      digests = map (file: from.files.${file}) files ++ [ "" ];
      patched = if from.patched == "" then "" else placed from.patched;
      tree = if tree == null then "" else builtins.path { path = tree; name = "source"; };
      libs = map (l: l.out) links;
      devs = map (l: l.dev) (builtins.filter (l: l ? dev) links);
      names = map (n: "${n}=${uses.${n}}") (builtins.attrNames uses)
        ++ map (n: "${n}=${vars.${n}}") (builtins.attrNames (removeAttrs vars [ "parts" "notices" ]));
      outputs = if dev then [ "out" "dev" ] else [ "out" ];
    });

  notice = key:
    let from = sources.${key}; in
    make "notice-${key}" {
      script = "notice";
      source = key;
      vars = {
        inherit (from) title packages licence text cut;
        origin = "Debian source package ${from.apt} ${from.version} (deb.debian.org, snapshot.debian.org)"
          + (if from.patched == "" then ", without Debian's patches" else "");
      };
    };

  release = { version, expatSource, expatVersion, tzSource, tzVersion, sqliteOptions, search }:
    let
      musl = make "musl-1.2.3" { script = "musl"; source = "musl"; };
      library = name: script: source: uses: make name {
        inherit script source;
        dev = true;
        links = [ musl ] ++ uses;
      };
      program = name: script: source: uses: make name { inherit script source; links = [ musl ] ++ uses; };

      zlib = library "zlib-1.2.13" "zlib" "zlib" [ ];
      sqlite = make "sqlite-3.40.1" {
        script = "sqlite";
        source = "sqlite";
        dev = true;
        links = [ musl ];
        vars.options = sqliteOptions;
      };
      terminfo = make "terminfo-6.4" { script = "terminfo"; source = "ncurses"; };
      ncurses = make "ncurses-6.4" {
        script = "ncurses";
        source = "ncurses";
        dev = true;
        links = [ musl ];
        uses = { inherit terminfo; };
      };
      libedit = library "libedit-3.1-20221030" "libedit" "libedit" [ ncurses ];
      dash = program "dash-0.5.12" "dash" "dash" [ libedit ];
      toybox = make "toybox-0.8.9" {
        script = "toybox";
        source = "toybox";
        links = [ musl ];
        vars.commands = builtins.concatStringsSep " " [
          "BASENAME" "CAT" "CHMOD" "CHOWN" "CMP" "COMM" "CP" "CUT" "DATE" "DF" "DIRNAME" "DU" "ECHO" "ENV" "FALSE"
          "FIND" "GREP" "HEAD" "HOSTNAME" "ID" "KILL" "LN" "LS" "MD5SUM" "MKDIR" "MV" "NPROC" "OD" "PRINTF" "PS" "PWD"
          "READLINK" "REALPATH" "RM" "RMDIR" "SED" "SEQ" "SHA256SUM" "SLEEP" "SORT" "STAT" "TAC" "TAIL" "TAR" "TEE" "TEST"
          "TIMEOUT" "TOUCH" "TR" "TRUE" "UNAME" "UNIQ" "UPTIME" "WC" "WHICH" "WHOAMI" "XARGS" "YES"
        ];
      };
      onig = library "oniguruma-6.9.8" "onig" "onig" [ ];
      jq = program "jq-1.6" "jq" "jq" [ onig ];
      expat = library "expat-${expatVersion}" "expat" expatSource [ ];
      expatTools = make "expat-tools-${expatVersion}" {
        script = "expat-tools";
        links = [ musl expat ];
        uses.expat_dev = expat.dev;
      };
      sqliteTools = make "sqlite-tools-3.40.1" {
        script = "sqlite-tools";
        links = [ musl sqlite libedit zlib ];
        uses.sqlite_dev = sqlite.dev;
      };
      tzdata = make "tzdata-${tzVersion}" { script = "tzdata"; source = tzSource; };
      libyaml = library "libyaml-0.2.5" "libyaml" "libyaml" [ ];
      tini = program "tini-0.19.0" "tini" "tini" [ ];

      lua = library "lua-5.4.4" "lua" "lua" [ ];
      module = name: script: source: uses: make name { inherit script source; links = [ musl lua ] ++ uses; };
      plain = name: source: modules: make name { script = "lua-files"; inherit source; vars = { inherit modules; }; };
      binding = name: version: linked: soname: make "lua-${name}-${version}" {
        script = "binding";
        tree = ./bindings + "/${name}";
        links = [ musl lua linked ];
        vars = { module = name; library = soname; };
      };
      luaModules = [
        (module "lua-cjson-2.1.0" "lua-cjson" "lua-cjson" [ ])
        (module "lua-lpeg-1.0.2" "lua-lpeg" "lua-lpeg" [ ])
        (module "lua-filesystem-1.8.0" "lua-filesystem" "lua-filesystem" [ ])
        (module "lua-socket-3.1.0" "luasocket" "luasocket" [ ])
        (module "lua-yaml-6.2.8" "lua-yaml" "lua-yaml" [ libyaml ])
        (module "lua-term-0.07" "lua-term" "lua-term" [ ])
        (plain "lua-argparse-0.7.1" "lua-argparse" "src/argparse.lua")
        (plain "lua-inspect-3.1.1" "lua-inspect" "inspect.lua")
        (plain "lua-say-1.4.1" "lua-say" "src/say")
        (plain "lua-messagepack-0.5.2" "lua-messagepack" "src5.3/MessagePack.lua")
        (binding "sqlite" "1.0" sqlite "sqlite3")
        (binding "zlib" "1.0" zlib "z")
        (binding "expat" "1.0" expat "expat")
      ];
      luaEnv = make "lua-env-5.4" { script = "links"; vars = { parts = luaModules; tops = "lib share"; }; };

      files = name: tree: into: uses: make name {
        script = "files";
        tree = ./shop + "/${tree}";
        inherit uses;
        vars = { inherit into; };
      };
      base = files "base-files-1" "base" "." { };
      mime = files "mime-types-1" "mime" "share/mime" { };
      locale = files "shop-locale-1.3" "locale" "share/shop/locale" { };
      schema = files "shop-schema-1.2" "schema" "share/shop" { };
      seed = files "shop-seed-1.2" "seed" "share/shop" { };
      static = files "shop-static-1.4" "static" "share/shop/static" { };
      templates = files "shop-templates-1.4" "templates" "share/shop/templates" { };
      plugin = name: uses: files "shop-plugin-${name}-1.1" "plugins/${name}" "share/shop/plugin" uses;
      plugins = [ (plugin "report" { }) (plugin "feed" { }) (plugin "export" { }) ]
        ++ (if search then [ (plugin "search" { }) ] else [ ]);
      config = make "shop-config-${version}" {
        script = "files";
        tree = ./shop/config;
        uses = { inherit mime locale schema seed static templates; };
        vars = { into = "etc/shop"; plugins = builtins.concatStringsSep "," plugins; };
      };
      lib = files "shop-lib-${version}" "lib" "share/lua/5.4" { inherit config; };
      server = files "shop-server-1.4" "server" "share/lua/5.4" { };
      cli = make "shop-cli-${version}" {
        script = "files";
        tree = ./shop/cli;
        uses = { inherit luaEnv; };
        vars = { into = "share/lua/5.4"; inherit version; };
      };
      licences = make "demo-licences-1" {
        script = "licences";
        uses.head = text ./notices.md;
        vars.notices = map notice ([ expatSource tzSource ] ++ builtins.filter
          (key: !(builtins.elem key [ "expat" "expat-patched" "tzdata" "tzdata-old" ]))
          (builtins.attrNames sources));
      };
      env = make "app-env" {
        script = "links";
        vars = {
          tops = "bin etc share/zoneinfo share/licenses share/mime";
          parts = [ dash toybox jq sqliteTools expatTools lua tini tzdata base mime licences ];
        };
      };
    in
    make "shop-${version}" {
      script = "files";
      tree = ./shop/entry;
      uses = { inherit dash env tzdata terminfo cli server lib tini lua; luaenv = luaEnv; };
      vars.into = "bin";
    };
in
{
  v1 = release {
    version = "1.4.0";
    expatSource = "expat";
    expatVersion = "2.5.0";
    tzSource = "tzdata-old";
    tzVersion = "2025b";
    sqliteOptions = "-DSQLITE_ENABLE_RTREE";
    search = false;
  };
  # The shop has a search: SQLite is built with FTS5 for it; Expat and tzdata are updated.
  v2 = release {
    version = "1.5.0";
    expatSource = "expat-patched";
    expatVersion = "2.5.0-deb12u2";
    tzSource = "tzdata";
    tzVersion = "2026b";
    sqliteOptions = "-DSQLITE_ENABLE_RTREE -DSQLITE_ENABLE_FTS5";
    search = true;
  };
}
