/** How long ago, in kubectl's short words (`26m`, `3h12m`); undefined when there is no time. */
export function since(stamp: unknown): string | undefined {
  if (typeof stamp !== 'string') return undefined;
  return spell((Date.now() - Date.parse(stamp)) / 1000);
}

export function age(stamp: unknown): string {
  return since(stamp) ?? '<unknown>';
}

/** From one stamp to another, or until now. */
export function duration(from: unknown, to: unknown): string {
  if (typeof from !== 'string') return '';
  return spell(((typeof to === 'string' ? Date.parse(to) : Date.now()) - Date.parse(from)) / 1000);
}

function spell(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (big: number, bigUnit: string, small: number, smallUnit: string): string =>
    `${big}${bigUnit}${small === 0 ? '' : `${small}${smallUnit}`}`;
  if (whole < 120) return `${whole}s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 10) return two(minutes, 'm', whole % 60, 's');
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return two(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  if (days < 8) return two(days, 'd', hours % 24, 'h');
  if (days < 730) return `${days}d`;
  return two(Math.floor(days / 365), 'y', days % 365, 'd');
}
