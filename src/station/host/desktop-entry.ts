/**
 * The file by which a Linux desktop starts Picket at login, in the tray. `program`: its absolute path, quoted as the
 * Desktop Entry Specification wants it. https://specifications.freedesktop.org/desktop-entry-spec/latest/exec-variables.html
 */
export function autostartEntry(program: string): string {
  return [
    '[Desktop Entry]',
    'Type=Application',
    'Name=Picket',
    'Comment=Watches the devices of this site',
    `Exec=${quoted(program)} --hidden`,
    'Terminal=false',
    'X-GNOME-Autostart-enabled=true',
    '',
  ].join('\n')
}

/** A value is unescaped twice: as a string of the file, then as a quoted argument, where `%` begins a field code. */
function quoted(argument: string): string {
  const asArgument = argument.replace(/["`$\\]/g, '\\$&').replaceAll('%', '%%')
  return `"${asArgument.replaceAll('\\', '\\\\')}"`
}
