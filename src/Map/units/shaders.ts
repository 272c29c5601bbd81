// The GPU's part: every unit is a small square in which its shape is drawn as distances, so that it is sharp at every size.
import { FADE_FROM_S, STALE_FROM_S } from './appearance.js';

/** State bits of an instance, beside what the wire says. */
export const STATE = { lost: 1, alarm: 2, selected: 4, hidden: 8, headed: 16 } as const;

/** Half the square, in radii of the shape: room for the selection's ring and the alarm's pulse. */
const REACH = 2.7;

export const UNIT_VERTEX = `#version 300 es
layout(location=0) in vec2 aCorner;
layout(location=1) in vec4 aFromTo;
layout(location=2) in vec3 aTimes;
layout(location=3) in vec2 aHeading;
layout(location=4) in uvec4 aKind;
uniform mat4 uMatrix;
uniform vec2 uViewport;
uniform float uNow;
uniform float uUnixNow;
uniform float uRadius;
uniform float uBearing;
uniform int uPass;
out vec2 vPoint;
out vec2 vTurn;
out float vAge;
flat out uvec4 vKind;
const float PI = 3.14159265358979;
void main() {
  uint state = aKind.w;
  bool lifted = (state & 6u) != 0u;
  if ((state & 8u) != 0u || (uPass == 1) != lifted) { gl_Position = vec4(2.0, 2.0, 2.0, 1.0); return; }
  float part = aTimes.y <= 0.0 ? 1.0 : clamp((uNow - aTimes.x) / aTimes.y, 0.0, 1.0);
  gl_Position = uMatrix * vec4(mix(aFromTo.xy, aFromTo.zw, part), 0.0, 1.0);
  float radius = lifted ? uRadius * 1.18 : uRadius;
  gl_Position.xy += aCorner * ${REACH} * radius * 2.0 / uViewport * gl_Position.w;
  float turned = mod(aHeading.y - aHeading.x + 0.5, 1.0) - 0.5;
  float angle = (aHeading.x + turned * min(1.0, part * 3.0)) * 2.0 * PI - uBearing;
  vTurn = vec2(cos(angle), sin(angle));
  vPoint = vec2(aCorner.x, -aCorner.y) * ${REACH};
  vAge = uUnixNow - aTimes.z;
  vKind = aKind;
}`;

export const UNIT_FRAGMENT = `#version 300 es
precision highp float;
in vec2 vPoint;
in vec2 vTurn;
in float vAge;
flat in uvec4 vKind;
uniform float uRadius;
uniform float uPulse;
uniform int uSigns;
uniform vec3 uAvailability[6];
uniform vec3 uAged;
uniform vec3 uOutline;
uniform vec3 uSign;
uniform vec3 uHollow;
uniform vec3 uAlarm;
uniform vec3 uSelection;
out vec4 oColor;

float box(vec2 p, vec2 half_, float r) { vec2 q = abs(p) - half_ + r; return length(max(q, 0.0)) + min(max(q.x, q.y), 0.0) - r; }
float segment(vec2 p, vec2 a, vec2 b) { vec2 ab = b - a; return length(p - a - ab * clamp(dot(p - a, ab) / dot(ab, ab), 0.0, 1.0)); }
float edge(vec2 p, vec2 a, vec2 b, inout float s) {
  vec2 e = b - a, w = p - a;
  vec2 d = w - e * clamp(dot(w, e) / dot(e, e), 0.0, 1.0);
  bvec3 c = bvec3(p.y >= a.y, p.y < b.y, e.x * w.y > e.y * w.x);
  if (all(c) || all(not(c))) s = -s;
  return dot(d, d);
}
/** The arrowhead of what moves: tip, right, notch, left. */
float arrow(vec2 p) {
  vec2 tip = vec2(0.0, -1.12), right = vec2(0.82, 0.84), notch = vec2(0.0, 0.46), left = vec2(-0.82, 0.84);
  float s = 1.0;
  float d = min(min(edge(p, tip, right, s), edge(p, right, notch, s)), min(edge(p, notch, left, s), edge(p, left, tip, s)));
  return s * sqrt(d) - 0.1;
}
float nose(vec2 p) {
  vec2 tip = vec2(0.0, -1.42), right = vec2(0.52, -0.5), left = vec2(-0.52, -0.5);
  float s = 1.0;
  float d = min(edge(p, tip, right, s), min(edge(p, right, left, s), edge(p, left, tip, s)));
  return s * sqrt(d) - 0.04;
}
float shape(vec2 p, vec2 turned, uint kind, bool moves) {
  if (kind == 0u) return moves ? arrow(turned) : box(p, vec2(0.78), 0.26);
  float body = kind == 1u ? length(p) - 0.84 : box(vec2(p.x + p.y, p.y - p.x) * 0.70711, vec2(0.7), 0.12);
  return moves ? min(body, nose(turned)) : body;
}
/** The sign inside: check, dot, pause, ring, bar; nothing where it is not known. */
float signOf(vec2 p, uint availability) {
  if (availability == 1u) return min(segment(p, vec2(-0.32, 0.02), vec2(-0.08, 0.26)), segment(p, vec2(-0.08, 0.26), vec2(0.36, -0.26))) - 0.1;
  if (availability == 2u) return length(p) - 0.3;
  if (availability == 3u) return box(vec2(abs(p.x) - 0.2, p.y), vec2(0.1, 0.34), 0.03);
  if (availability == 4u) return abs(length(p) - 0.28) - 0.09;
  if (availability == 5u) return box(p, vec2(0.38, 0.1), 0.03);
  return 1.0;
}
void over(inout vec4 below, vec3 color, float alpha) { below = below * (1.0 - alpha) + vec4(color, 1.0) * alpha; }

void main() {
  uint state = vKind.w;
  bool lost = (state & 1u) != 0u, alarm = (state & 2u) != 0u, selected = (state & 4u) != 0u;
  bool moves = vKind.z == 1u && (state & 16u) != 0u;
  float radius = (state & 6u) != 0u ? uRadius * 1.18 : uRadius;
  float px = 1.0 / radius;
  // Screen north-up point turned back by the heading: the shape's own up is -y.
  vec2 turned = vec2(vTurn.x * vPoint.x + vTurn.y * vPoint.y, vTurn.x * vPoint.y - vTurn.y * vPoint.x);
  float d = shape(vPoint, turned, vKind.x, moves);
  float far = length(vPoint);
  bool hollow = lost || vAge >= ${STALE_FROM_S}.0;
  float fresh = 1.0 - smoothstep(${FADE_FROM_S}.0, ${STALE_FROM_S}.0, vAge);
  vec3 hue = alarm ? uAlarm : mix(uAged, uAvailability[min(vKind.y, 5u)], lost ? 0.0 : 0.3 + 0.7 * fresh);
  vec4 color = vec4(0.0);
  if (alarm) {
    float ring = 1.35 + 1.1 * uPulse;
    over(color, uAlarm, 0.20 * smoothstep(px, -px, far - ring));
    over(color, uAlarm, (0.95 - 0.75 * uPulse) * smoothstep(px, -px, abs(far - ring) - 1.2 * px));
  }
  if (selected) {
    over(color, uOutline, 0.9 * smoothstep(px, -px, abs(far - 1.86) - 2.6 * px));
    over(color, uSelection, smoothstep(px, -px, abs(far - 1.86) - 1.4 * px));
  }
  over(color, vec3(0.04, 0.08, 0.14), 0.26 * smoothstep(3.2 * px, -0.5 * px, shape(vPoint - vec2(0.0, 0.9 * px), turned, vKind.x, moves) - 1.2 * px));
  float outer = hollow ? 1.0 * px : 1.5 * px;
  over(color, uOutline, smoothstep(0.75 * px, -0.75 * px, d - outer));
  if (hollow) {
    over(color, uHollow, smoothstep(0.75 * px, -0.75 * px, d));
    over(color, hue, smoothstep(0.75 * px, -0.75 * px, abs(d + 1.0 * px) - 1.0 * px));
  } else {
    over(color, hue, smoothstep(0.75 * px, -0.75 * px, d));
  }
  if (radius > 6.0 && uSigns == 1) {
    vec2 middle = vKind.x == 0u && moves ? turned - vec2(0.0, 0.12) : vPoint;
    vec2 upright = vKind.x == 0u && moves ? vec2(vTurn.x * middle.x - vTurn.y * middle.y, vTurn.y * middle.x + vTurn.x * middle.y) : vPoint;
    float size = vKind.x == 0u && moves ? 1.25 : 1.0;
    float sign_ = alarm ? min(box(upright * 1.1 - vec2(0.0, -0.14), vec2(0.1, 0.3), 0.04), length(upright * 1.1 - vec2(0.0, 0.4)) - 0.12)
      : lost ? min(segment(upright, vec2(-0.26, 0.26), vec2(0.26, -0.26)), segment(upright, vec2(-0.26), vec2(0.26))) - 0.07 : signOf(upright * size, vKind.y);
    over(color, hollow && !alarm ? hue : uSign, smoothstep(0.7 * px, -0.7 * px, sign_));
  }
  if (color.a < 0.004) discard;
  oColor = color;
}`;

/** The circle of accuracy around the selected unit: a quad in map units. */
export const DISC_VERTEX = `#version 300 es
layout(location=0) in vec2 aCorner;
uniform mat4 uMatrix;
uniform vec3 uDisc;
out vec2 vPoint;
void main() { vPoint = aCorner * 1.05; gl_Position = uMatrix * vec4(uDisc.xy + vPoint * uDisc.z, 0.0, 1.0); }`;

export const DISC_FRAGMENT = `#version 300 es
precision highp float;
in vec2 vPoint;
uniform vec3 uColor;
uniform float uPixel;
out vec4 oColor;
void main() {
  float far = length(vPoint);
  float a = 0.14 * smoothstep(uPixel, -uPixel, far - 1.0) + 0.6 * smoothstep(uPixel, 0.0, abs(far - 1.0 + uPixel) - uPixel * 0.6);
  oColor = vec4(uColor, 1.0) * a;
}`;

/** Labels: the same movement, a rectangle out of the atlas. */
export const LABEL_VERTEX = `#version 300 es
layout(location=0) in vec2 aCorner;
layout(location=1) in vec4 aFromTo;
layout(location=2) in vec2 aTimes;
layout(location=3) in vec4 aTexture;
uniform mat4 uMatrix;
uniform vec2 uViewport;
uniform vec2 uAtlas;
uniform float uNow;
uniform float uOffset;
uniform float uRatio;
out vec2 vTexture;
void main() {
  float part = aTimes.y <= 0.0 ? 1.0 : clamp((uNow - aTimes.x) / aTimes.y, 0.0, 1.0);
  gl_Position = uMatrix * vec4(mix(aFromTo.xy, aFromTo.zw, part), 0.0, 1.0);
  vec2 pixel = (gl_Position.xy / gl_Position.w * 0.5 + 0.5) * uViewport * uRatio;
  vec2 corner = aCorner * 0.5 + 0.5;
  vec2 low = floor(pixel + vec2(-aTexture.z * 0.5, -uOffset * uRatio - aTexture.w));
  gl_Position = vec4((low + corner * aTexture.zw) / (uViewport * uRatio) * 2.0 - 1.0, 0.0, 1.0);
  vTexture = (aTexture.xy + vec2(corner.x, 1.0 - corner.y) * aTexture.zw) / uAtlas;
}`;

export const LABEL_FRAGMENT = `#version 300 es
precision highp float;
in vec2 vTexture;
uniform sampler2D uTexture;
out vec4 oColor;
void main() { oColor = texture(uTexture, vTexture); if (oColor.a < 0.01) discard; }`;
