@main
enum HilumCLIMain {
    static func main() {}
}
