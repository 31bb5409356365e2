mkdir -p "$out/share/terminfo"
tic -x -o "$out/share/terminfo" -e ansi,dumb,linux,screen,screen-256color,tmux,tmux-256color,vt100,vt220,xterm,xterm-256color,xterm-color,rxvt-unicode,rxvt-unicode-256color,alacritty,kitty,foot,st-256color,gnome-256color,konsole-256color misc/terminfo.src >&2
