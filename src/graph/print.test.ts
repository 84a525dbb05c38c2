import { describe, expect, it } from "vitest";
import { gradients } from "./gradients.ts";
import * as ops from "./ops/index.ts";
import { eliminateCommonSubexpressions } from "./passes.ts";
import { printGraph } from "./print.ts";
import { scope, type Value } from "./value.ts";

/** A discriminator of two layers with its R1 penalty, and the gradient of both by the kernels. */
function discriminatorWithR1(): Record<string, Value> {
  const real = ops.input("real", [4, 3, 8, 8]);
  const kernels = ops.input("kernels", [2, 3, 3, 3]);
  const head = ops.input("head", [2, 1]);
  const logits = scope("discriminator", () => {
    const features = scope("conv0", () =>
      ops.leakyRelu(ops.conv(real, kernels, { stride: 2, pads: 1 })),
    );
    return scope("head", () => ops.matmul(ops.reduceMean(features, { axes: [2, 3] }), head));
  });
  const loss = scope("loss", () => {
    const [slope] = gradients(ops.reduceSum(logits), [real]) as [Value];
    const r1 = ops.mul(ops.reduceSum(ops.square(slope)), 0.5 / 4);
    return ops.add(ops.reduceMean(ops.softplus(ops.neg(logits))), r1);
  });
  const [kernelsGrad] = gradients(loss, [kernels]) as [Value];
  const [l, g] = eliminateCommonSubexpressions([loss, kernelsGrad]) as [Value, Value];
  return { loss: l, kernelsGrad: g };
}

describe("printGraph", () => {
  it("shows a discriminator with R1", () => {
    expect(printGraph(discriminatorWithR1())).toMatchInlineSnapshot(`
      "%0 = Input() {"name":"real"} : float32[4, 3, 8, 8]
      %1 = Input() {"name":"kernels"} : float32[2, 3, 3, 3]
      %2 = Input() {"name":"head"} : float32[2, 1]
      %3 = Conv(%0, %1) {"strides":[2,2],"pads":[1,1,1,1],"dilations":[1,1],"group":1} : float32[4, 2, 4, 4]  # discriminator/conv0
      %4 = LeakyRelu(%3) {"alpha":0.2} : float32[4, 2, 4, 4]  # discriminator/conv0
      %5 = ReduceSum(%4) {"axes":[2,3]} : float32[4, 2, 1, 1]  # discriminator/head
      %6 = Reshape(%5) : float32[4, 2]  # discriminator/head
      %7 = Constant() {0.0625} : float32[]  # discriminator/head
      %8 = Mul(%6, %7) : float32[4, 2]  # discriminator/head
      %9 = MatMul(%8, %2) {"transA":false,"transB":false} : float32[4, 1]  # discriminator/head
      %10 = Constant() {1} : float32[]  # loss
      %11 = Reshape(%10) : float32[1, 1]  # loss/grad/loss
      %12 = Expand(%11) : float32[4, 1]  # loss/grad/loss
      %13 = MatMul(%12, %2) {"transA":false,"transB":true} : float32[4, 2]  # loss/grad/discriminator/head
      %14 = Mul(%13, %7) : float32[4, 2]  # loss/grad/discriminator/head
      %15 = Reshape(%14) : float32[4, 2, 1, 1]  # loss/grad/discriminator/head
      %16 = LeakyReluMask(%4) {"alpha":0.2} : float32[4, 2, 4, 4]  # loss/grad/discriminator/conv0
      %17 = Mul(%15, %16) : float32[4, 2, 4, 4]  # loss/grad/discriminator/conv0
      %18 = ConvInputGrad(%17, %1) {"strides":[2,2],"pads":[1,1,1,1],"dilations":[1,1],"group":1} : float32[4, 3, 8, 8]  # loss/grad/discriminator/conv0
      %19 = Mul(%18, %18) : float32[4, 3, 8, 8]  # loss
      %20 = ReduceSum(%19) {"axes":[0,1,2,3]} : float32[1, 1, 1, 1]  # loss
      %21 = Reshape(%20) : float32[]  # loss
      %22 = Constant() {0.125} : float32[]  # loss
      %23 = Mul(%21, %22) : float32[]  # loss
      %24 = Neg(%9) : float32[4, 1]  # loss
      %25 = Softplus(%24) : float32[4, 1]  # loss
      %26 = ReduceSum(%25) {"axes":[0]} : float32[1, 1]  # loss
      %27 = Reshape(%26) : float32[]  # loss
      %28 = Constant() {0.25} : float32[]  # loss
      %29 = Mul(%27, %28) : float32[]  # loss
      %30 = Add(%29, %23) : float32[]  # loss
      %31 = Reshape(%28) : float32[1, 1]  # grad/loss
      %32 = Sigmoid(%24) : float32[4, 1]  # grad/loss
      %33 = Mul(%31, %32) : float32[4, 1]  # grad/loss
      %34 = Neg(%33) : float32[4, 1]  # grad/loss
      %35 = Reshape(%22) : float32[1, 1, 1, 1]  # grad/loss
      %36 = Mul(%35, %18) : float32[4, 3, 8, 8]  # grad/loss
      %37 = Add(%36, %36) : float32[4, 3, 8, 8]  # grad/loss
      %38 = ConvWeightGrad(%37, %17) {"strides":[2,2],"pads":[1,1,1,1],"dilations":[1,1],"group":1} : float32[2, 3, 3, 3]  # grad/loss/grad/discriminator/conv0
      %39 = MatMul(%34, %2) {"transA":false,"transB":true} : float32[4, 2]  # grad/discriminator/head
      %40 = Mul(%39, %7) : float32[4, 2]  # grad/discriminator/head
      %41 = Reshape(%40) : float32[4, 2, 1, 1]  # grad/discriminator/head
      %42 = Mul(%41, %16) : float32[4, 2, 4, 4]  # grad/discriminator/conv0
      %43 = ConvWeightGrad(%0, %42) {"strides":[2,2],"pads":[1,1,1,1],"dilations":[1,1],"group":1} : float32[2, 3, 3, 3]  # grad/discriminator/conv0
      %44 = Add(%38, %43) : float32[2, 3, 3, 3]  # grad/discriminator/conv0
      return loss = %30
      return kernelsGrad = %44"
    `);
  });

  it("prints equal graphs equally, whatever was built before", () => {
    const before = printGraph(discriminatorWithR1());
    ops.neg(ops.input("something else", [1]));
    expect(printGraph(discriminatorWithR1())).toBe(before);
  });

  it("shows constants, attributes and types", () => {
    const x = ops.input("x", [6], "int32");
    const weights = ops.constantOf([6], [1, 2, 3, 4, 5, 6]);
    const y = ops.mul(ops.cast(x, "float32"), ops.mul(weights, 0.5));
    expect(printGraph({ y })).toMatchInlineSnapshot(`
      "%0 = Input() {"name":"x"} : int32[6]
      %1 = Constant() {6 numbers} : float32[6]
      %2 = Cast(%0) {"to":"float32"} : float32[6]
      %3 = Constant() {0.5} : float32[]
      %4 = Mul(%1, %3) : float32[6]
      %5 = Mul(%2, %4) : float32[6]
      return y = %5"
    `);
  });
});
