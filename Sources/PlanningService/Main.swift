@main
enum PlanningServiceMain {
    static func main() {}
}
