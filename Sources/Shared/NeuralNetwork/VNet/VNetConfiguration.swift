/// V-Net (Milletari et al. 2016, arXiv:1606.04797) as MONAI's `VNet` with three spatial dimensions and ELU.
package struct VNetConfiguration: Codable, Equatable, Sendable {
    package let inChannels: Int
    package let outChannels: Int
    /// Channels at full resolution; 16 in MONAI. Every level below has twice as many.
    package let width: Int

    /// - Throws: `configurationInvalid` naming the field. The network repeats its input channels over `width`
    ///   channels, so these must divide it.
    package init(inChannels: Int = 1, outChannels: Int, width: Int = 16) throws(NeuralNetworkError) {
        guard (1...64).contains(width) else {
            throw .configurationInvalid(field: "width", found: "\(width)", allowed: "1...64")
        }
        guard inChannels >= 1, width % inChannels == 0 else {
            throw .configurationInvalid(field: "in_channels", found: "\(inChannels)", allowed: "a divisor of \(width)")
        }
        guard (1...64).contains(outChannels) else {
            throw .configurationInvalid(field: "out_channels", found: "\(outChannels)", allowed: "1...64")
        }
        self.inChannels = inChannels
        self.outChannels = outChannels
        self.width = width
    }

    /// Depth, height and width of the input must be multiples of this: the map is halved four times.
    package static let extentMultiple = 16
}
