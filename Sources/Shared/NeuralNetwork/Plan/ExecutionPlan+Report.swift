import CKernels

extension ExecutionPlan {
    /// Runs every step `runs` times in the order of a network and measures it.
    func report(
        _ input: UnsafePointer<Float>, in arena: AlignedMemory, workers: Workers, precision: Precision,
        tier: KernelTier, runs: Int
    ) throws(NeuralNetworkError) -> PlanReport {
        let kernels = try KernelSet(workers.kernels, precision)
        let clock = ContinuousClock()
        run(input, in: arena, workers: workers)
        let peak = workers.peakGigaflops(kernels)
        var times = [[Double]](repeating: [], count: steps.count)
        var totals: [Double] = []
        for _ in 0..<max(1, runs) {
            for (index, step) in steps.enumerated() {
                let elapsed = clock.measure { run(step, input: input, arena: arena, workers: workers) }
                times[index].append(elapsed.inSeconds)
            }
            totals.append(times.reduce(0) { $0 + ($1.last ?? 0) })
        }
        let reports = steps.indices.map { index in
            let summary = steps[index].summary(kernels)
            return LayerReport(
                layer: layers[index], operation: summary.operation, shape: summary.shape, kernel: summary.kernel,
                products: summary.products, seconds: times[index].median)
        }
        return PlanReport(
            layers: reports, tier: tier, precision: precision, threads: workers.threads, arenaBytes: arenaBytes,
            seconds: totals.median, peakGigaflops: peak)
    }
}

extension ExecutionPlan.Step {
    struct Summary {
        let operation: String
        let shape: String
        let kernel: String
        var products = 0.0
    }

    func summary(_ kernels: KernelSet) -> Summary {
        switch self {
        case .importPlanar(let target):
            Summary(operation: "import", shape: "\(target.channels), \(target.extent)", kernel: "copy")
        case .zeroBorders(let target):
            Summary(operation: "zero borders", shape: "\(target.layout.channels), \(target.extent)", kernel: "fill")
        case .convolution(let c, let layer, _, _, _, let scale, _, _): Self.summary(c, layer, scale != nil, kernels)
        case .winograd(let c, let layer, _, _, _, _): Self.summary(c, layer, kernels)
        case .depthwise(let d, let expand, let filter, _, _, _, _, _): Self.summary(d, expand, filter, kernels)
        case .squeeze(let layer, _, _, _, _, _, _):
            Summary(
                operation: "squeeze, excite", shape: "\(layer.channels)→\(layer.squeezed)→\(layer.channels)",
                kernel: "f32 gemv", products: 2 * Double(layer.channels * layer.squeezed))
        case .outputTransition(let c, let layer, _, _, _):
            // Five z taps of F(4, 5) along y and x: 64 products for 16 outputs.
            Summary(
                operation: "convolve 5×5×5, 1×1×1", shape: "\(layer.input.channels)→\(layer.channels), \(c.extent)",
                kernel: "F(4,5)² + \(kernels.tile(c.tile_blocks))",
                products: Double(layer.input.channels * layer.channels * c.extent.positions) * 5 * 64 / 16)
        }
    }

    private static func summary(
        _ c: nn_convolution, _ layer: ConvolutionLayer, _ isScaled: Bool, _ kernels: KernelSet
    ) -> Summary {
        let extent = Extent(depth: Int(c.out_depth), height: Int(c.out_height), width: Int(c.out_width))
        let shape = layer.shape
        let size = [shape.z, shape.y, shape.x].drop { $0 == 1 }.map(String.init).joined(separator: "×")
        let stride = shape.stride == 1 ? "" : "/\(shape.stride)"
        return Summary(
            operation: (isScaled ? "scale, " : "") + "convolve " + (size.isEmpty ? "1" : size) + stride,
            shape: "\(layer.input.channels)→\(layer.output.channels), \(extent)",
            kernel: c.in_type == NN_BF16
                ? kernels.bf16Tile(c) : kernels.tile(c.tile_blocks, pairs: c.pairs),
            products: Double(layer.input.channels * shape.taps * layer.output.channels * extent.positions))
    }

    private static func summary(_ c: nn_winograd, _ layer: WinogradLayer, _ kernels: KernelSet) -> Summary {
        let tiles = [(c.depth, c.tile_z), (c.height, c.tile_y), (c.width, c.tile_x)]
        let products = tiles.reduce(1.0) { $0 * Double(($1.0 + $1.1 - 1) / $1.1) * Double($1.1 + 4) }
        let extent = Extent(depth: Int(c.depth), height: Int(c.height), width: Int(c.width))
        return Summary(
            operation: "convolve 5×5×5", shape: "\(layer.input.channels)→\(layer.output.channels), \(extent)",
            kernel: "F(\(c.tile_z)·\(c.tile_y)·\(c.tile_x),5) + \(kernels.tile(c.tile_blocks))",
            products: products * Double(layer.input.channels * layer.output.channels))
    }

    private static func summary(
        _ d: nn_depthwise, _ expand: ConvolutionLayer?, _ filter: DepthwiseLayer, _ kernels: KernelSet
    ) -> Summary {
        let f = d.filter
        let channels = filter.layout.channels
        let taps = Int(f.kernel * f.kernel)
        let filtered = Double(channels * taps * Int(f.out_height * f.out_width))
        let name = "filter \(f.kernel)×\(f.kernel)" + (f.stride == 1 ? "" : "/\(f.stride)")
        let extent = Extent(height: Int(f.in_height), width: Int(f.in_width))
        let kernel = (d.type == NN_BF16 ? "bf16" : "f32") + " dwconv2d"
        guard let expand else {
            return Summary(operation: name, shape: "\(channels), \(extent)", kernel: kernel, products: filtered)
        }
        return Summary(
            operation: "expand, " + name, shape: "\(expand.input.channels)→\(channels), \(extent)",
            kernel: (d.type == NN_BF16
                ? kernels.bf16Tile(d.expand) : kernels.tile(d.expand.tile_blocks, pairs: d.expand.pairs))
                + ", " + kernel,
            products: filtered + Double(expand.input.channels * channels * extent.positions))
    }
}

extension Extent: CustomStringConvertible {
    var description: String { (depth == 1 ? "" : "\(depth)×") + "\(height)×\(width)" }
}

extension nn_output_transition {
    fileprivate var extent: Extent { Extent(depth: Int(depth), height: Int(height), width: Int(width)) }
}

extension KernelSet {
    /// Name and tile of the product kernel for panels of so many blocks.
    fileprivate func tile(_ blocks: Int32, pairs: Int32 = 0) -> String {
        "f32 \(pairs > 0 ? "brgemm_paired" : "brgemm") \(height(blocks, pairs: pairs))×\(blocks * Int32(NN_LANES))"
    }

    fileprivate func bf16Tile(_ c: nn_convolution) -> String {
        let isLinear = c.first == NN_ACTIVATION_NONE && c.second == NN_ACTIVATION_NONE
        let name = c.out_type == NN_BF16 && isLinear ? "project" : "brgemm"
        return "bf16 \(name) \(height(c.tile_blocks))×\(c.tile_blocks * Int32(NN_LANES))"
    }

    fileprivate func bf16Tile(_ e: nn_expansion) -> String {
        "bf16 expand \(NN_EXPAND_ROWS)×\(e.tile_blocks * Int32(NN_LANES))"
    }

    /// Rows of the highest tile.
    private func height(_ blocks: Int32, pairs: Int32 = 0) -> Int32 {
        let rows = pairs > 0 ? f32.pointee.max_paired_rows : f32.pointee.max_tile_rows
        return [rows.0, rows.1, rows.2, rows.3][Int(blocks)]
    }
}

extension Workers {
    /// GFLOP/s of multiply-adds in registers on all threads: the best of a few tries.
    fileprivate func peakGigaflops(_ kernels: KernelSet) -> Double {
        struct Job {
            let run: @convention(c) (Int64) -> Float
            let rounds: Int64
        }
        let chains = kernels.bf16.map { 2 * $0.pointee.peak_chains } ?? kernels.f32.pointee.peak_chains
        var job = Job(run: kernels.bf16?.pointee.peak ?? kernels.f32.pointee.peak, rounds: 20_000)
        let tasks = 16 * threads
        let clock = ContinuousClock()
        let best =
            (0..<5).map { _ in
                clock.measure {
                    nn_pool_for(
                        pool, Int64(tasks),
                        { context, _, _ in
                            guard let job = context?.assumingMemoryBound(to: Job.self) else { return }
                            _ = job.pointee.run(job.pointee.rounds)
                        }, &job)
                }.inSeconds
            }.min() ?? 0
        return 2 * Double(NN_LANES) * Double(chains) * Double(job.rounds) * Double(tasks) / best / 1e9
    }
}

extension Duration {
    fileprivate var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}

extension [Double] {
    fileprivate var median: Double { isEmpty ? 0 : sorted()[count / 2] }
}
