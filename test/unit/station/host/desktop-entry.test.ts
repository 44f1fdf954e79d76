import { describe, expect, test } from 'vitest'
import { autostartEntry } from '../../../../src/station/host/desktop-entry.ts'

const execOf = (program: string) => /^Exec=(.*)$/m.exec(autostartEntry(program))?.[1]

describe('the autostart file', () => {
  test('starts the program in the tray', () => {
    expect(autostartEntry('/opt/Picket/picket').split('\n')).toEqual([
      '[Desktop Entry]',
      'Type=Application',
      'Name=Picket',
      'Comment=Watches the devices of this site',
      'Exec="/opt/Picket/picket" --hidden',
      'Terminal=false',
      'X-GNOME-Autostart-enabled=true',
      '',
    ])
  })

  test('quotes what a shell or a field code would take for its own', () => {
    expect(execOf('/opt/my apps/picket')).toBe('"/opt/my apps/picket" --hidden')
    expect(execOf('/opt/100%/picket')).toBe('"/opt/100%%/picket" --hidden')
    expect(execOf('/opt/$HOME/`x`/"y"')).toBe('"/opt/\\\\$HOME/\\\\`x\\\\`/\\\\"y\\\\"" --hidden')
    expect(execOf('/opt/a\\b')).toBe('"/opt/a\\\\\\\\b" --hidden')
  })
})
