// The few WebGL2 steps that all our programs share.

export interface Program {
  program: WebGLProgram;
  /** The location of a uniform; null where the compiler took it out. */
  uniform(name: string): WebGLUniformLocation | null;
}

export function link(gl: WebGL2RenderingContext, vertex: string, fragment: string): Program {
  const program = gl.createProgram();
  for (const [type, source] of [[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]] as const) {
    const shader = gl.createShader(type);
    if (!shader) throw new Error('webgl.lost');
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
    gl.deleteShader(shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
    const shaders = gl.getAttachedShaders(program) ?? [];
    throw new Error(`webgl.link: ${gl.getProgramInfoLog(program)} ${shaders.map((s) => gl.getShaderInfoLog(s)).join(' ')}`);
  }
  const known = new Map<string, WebGLUniformLocation | null>();
  return {
    program,
    uniform(name) {
      let location = known.get(name);
      if (location === undefined) known.set(name, (location = gl.getUniformLocation(program, name)));
      return location;
    },
  };
}

/** Two triangles from −1 to 1, at attribute 0. */
export function cornerBuffer(gl: WebGL2RenderingContext): WebGLBuffer {
  const buffer = gl.createBuffer();
  gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
  gl.bufferData(gl.ARRAY_BUFFER, new Float32Array([-1, -1, 1, -1, -1, 1, 1, 1]), gl.STATIC_DRAW);
  return buffer;
}

export function useCorners(gl: WebGL2RenderingContext, corners: WebGLBuffer): void {
  gl.bindBuffer(gl.ARRAY_BUFFER, corners);
  gl.enableVertexAttribArray(0);
  gl.vertexAttribPointer(0, 2, gl.FLOAT, false, 8, 0);
}

/** `matrix` moved so that its origin is (x, y), in double precision: what is drawn near the origin keeps all its bits. */
export function movedMatrix(matrix: ArrayLike<number>, x: number, y: number, out: Float32Array): Float32Array {
  for (let i = 0; i < 16; i++) out[i] = matrix[i];
  for (let row = 0; row < 4; row++) out[12 + row] = matrix[12 + row] + matrix[row] * x + matrix[4 + row] * y;
  return out;
}
