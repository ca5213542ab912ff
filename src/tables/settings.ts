/** A row of the supplement's Table 1: how its model is trained. */
export interface PgdSetting {
  readonly norm: 'l2' | 'linf';
  /** Radius in pixel units: 8/255, never 8. */
  readonly epsilon: number;
  /** Attack steps in the paper's terms, t: 20 or 40. A profile may take fewer, see `steps`. */
  readonly t: number;
}

/** 'pgd-linf-0.03137-40': the setting as the name of a method, in measurements and files. */
export function settingId({ norm, epsilon, t }: PgdSetting): string {
  return `pgd-${norm}-${Number(epsilon.toFixed(5))}-${t}`;
}

/** 'ℓ2' or 'ℓ∞'. */
export function normName(norm: PgdSetting['norm']): string {
  return norm === 'l2' ? 'ℓ2' : 'ℓ∞';
}

/** A radius as papers print it: '8/255' for ℓ∞ where it is a whole number of grey levels, else the number. */
export function radiusName({ norm, epsilon }: Pick<PgdSetting, 'norm' | 'epsilon'>): string {
  const levels = epsilon * 255;
  const whole = Math.abs(levels - Math.round(levels)) < 1e-3;
  return norm === 'linf' && whole && epsilon > 0
    ? `${Math.round(levels)}/255`
    : String(Number(epsilon.toFixed(4)));
}

/** 'ℓ∞, ε = 8/255, t = 40'. */
export function settingName(setting: PgdSetting): string {
  return `${normName(setting.norm)}, ε = ${radiusName(setting)}, t = ${setting.t}`;
}
