import { expect, test } from 'vitest';
import { NativeSetupError } from '../../../dist/errors/errors.js';
import {
  assertSupported,
  libraryNames,
  type Machine,
  thisMachine,
} from '../../../dist/tools/native/machine.js';
import { chooseWheel, knownWheel, TENSORFLOW_VERSION } from '../../../dist/tools/native/tensorflow-wheel.js';
import { LINUX } from './support.js';

const ARM: Machine = { platform: 'linux', arch: 'arm64', glibc: '2.35' };
const MAC: Machine = { platform: 'darwin', arch: 'arm64', glibc: undefined };
const OLD_MAC: Machine = { platform: 'darwin', arch: 'x64', glibc: undefined };

test.each([
  [LINUX, false, 'tensorflow-cpu', 'manylinux_2_27_x86_64'],
  [LINUX, true, 'tensorflow', 'manylinux_2_27_x86_64'],
  [ARM, false, 'tensorflow', 'manylinux_2_27_aarch64'],
  [MAC, false, 'tensorflow', 'macosx_12_0_arm64'],
] as const)('%j, gpu %s: %s for %s', (machine, gpu, distribution, platformTag) => {
  const wheel = chooseWheel(machine, gpu);
  expect(wheel).toMatchObject({ distribution, platformTag });
  expect(wheel.file).toBe(
    `${distribution.replace('-', '_')}-${TENSORFLOW_VERSION}-cp311-cp311-${platformTag}.whl`,
  );
  expect(wheel.sha256).toMatch(/^[0-9a-f]{64}$/);
  expect(knownWheel(wheel.file)).toBe(wheel);
});

test('every wheel has its own sha256', () => {
  const wheels = [
    chooseWheel(LINUX, false),
    chooseWheel(LINUX, true),
    chooseWheel(ARM, false),
    chooseWheel(MAC, false),
  ];
  expect(new Set(wheels.map(({ sha256 }) => sha256)).size).toBe(wheels.length);
});

test.each([
  [ARM, true, /not on linux arm64.*without --gpu.*--tensorflow DIR/],
  [MAC, true, /not on darwin arm64/],
  [OLD_MAC, false, /no wheel for darwin x64.*--tensorflow DIR.*wasm/],
] as const)('%j, gpu %s: none, with the alternatives', (machine, gpu, message) => {
  expect(() => chooseWheel(machine, gpu)).toThrow(NativeSetupError);
  expect(() => chooseWheel(machine, gpu)).toThrow(message);
});

test.each([
  [{ platform: 'win32', arch: 'x64', glibc: undefined }, /this is win32.*Subsystem for Linux.*wasm/],
  [{ platform: 'linux', arch: 'riscv64', glibc: '2.36' }, /no build for the architecture riscv64/],
  [{ platform: 'linux', arch: 'x64', glibc: undefined }, /musl.*Debian or Ubuntu.*wasm/],
  [{ platform: 'linux', arch: 'x64', glibc: '2.26' }, /library 2\.27 or later; this system has 2\.26/],
] as const)('%j is refused with the alternatives', (machine, message) => {
  expect(() => assertSupported(machine)).toThrow(NativeSetupError);
  expect(() => assertSupported(machine)).toThrow(message);
});

test.each([LINUX, ARM, MAC, { ...LINUX, glibc: '2.27' }, { ...LINUX, glibc: '3.0' }])(
  '%j is supported',
  (machine) => {
    expect(() => assertSupported(machine)).not.toThrow();
  },
);

test('macOS has other names of libraries', () => {
  expect(libraryNames('linux')).toEqual(['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2']);
  expect(libraryNames('darwin')).toEqual(['libtensorflow_cc.2.dylib', 'libtensorflow_framework.2.dylib']);
});

test('this machine is read', () => {
  const { platform, arch, glibc } = thisMachine();
  expect({ platform, arch }).toEqual({ platform: process.platform, arch: process.arch });
  expect(glibc ?? '0.0').toMatch(/^\d+\.\d+$/);
});
