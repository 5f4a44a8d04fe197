@main
enum ClassifierServiceMain {
    static func main() {}
}
