data "causeway_status" "now" {}

check "agents_follow" {
  assert {
    condition     = alltrue([for agent in data.causeway_status.now.agents : agent.up_to_date])
    error_message = "Not every agent has what it is to have."
  }
}
