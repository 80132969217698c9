"""Routes of cards under /api/v1/."""

from __future__ import annotations

from django.urls import path

from cards import (
    api,
    api_bulk,
    api_controls,
    api_disputes,
    api_drift,
    api_funds,
    api_life,
    api_rules,
    api_simulator,
    api_wallet,
)

urlpatterns = [
    path("cards/", api.CardsEndpoint.as_view(), name="api-cards"),
    path("cards/<uuid:card_id>/", api.CardEndpoint.as_view(), name="api-card"),
    path("cards/<uuid:card_id>/freeze/", api.CardFreezeEndpoint.as_view(), name="api-card-freeze"),
    path("cards/<uuid:card_id>/limits/", api.CardLimitsEndpoint.as_view(), name="api-card-limits"),
    path("cards/<uuid:card_id>/raises/", api_controls.CardRaisesEndpoint.as_view(), name="api-card-raises"),
    path("cards/<uuid:card_id>/controls/", api_controls.CardControlsEndpoint.as_view(), name="api-card-controls"),
    path(
        "cards/<uuid:card_id>/controls/<slug:kind>/",
        api_controls.CardControlEndpoint.as_view(),
        name="api-card-control",
    ),
    path(
        "cards/<uuid:card_id>/controls/<slug:kind>/trial/",
        api_controls.CardTrialEndpoint.as_view(),
        name="api-card-trial",
    ),
    path("cards/<uuid:card_id>/policy/", api_controls.CardPolicyEndpoint.as_view(), name="api-card-policy"),
    path("card-policies/", api_controls.PoliciesEndpoint.as_view(), name="api-card-policies"),
    path(
        "card-policies/<uuid:template_id>/controls/<slug:kind>/",
        api_controls.PolicyControlEndpoint.as_view(),
        name="api-card-policy-control",
    ),
    path(
        "card-policies/<uuid:template_id>/cards/",
        api_controls.PolicyCardsEndpoint.as_view(),
        name="api-card-policy-cards",
    ),
    path("card-policies/<uuid:template_id>/", api_rules.PolicyEndpoint.as_view(), name="api-card-policy-one"),
    path(
        "card-policies/<uuid:template_id>/restoration/",
        api_rules.PolicyRestorationEndpoint.as_view(),
        name="api-card-policy-restoration",
    ),
    path(
        "card-policies/<uuid:template_id>/limits/",
        api_rules.OwnLimitsEndpoint.as_view(),
        name="api-card-policy-limits",
    ),
    path(
        "card-policies/<uuid:template_id>/controls/",
        api_rules.PolicyControlsEndpoint.as_view(),
        name="api-card-policy-controls",
    ),
    path("people/<uuid:person_id>/limits/", api_rules.OwnLimitsEndpoint.as_view(), name="api-person-limits"),
    path("people/<uuid:person_id>/raises/", api_rules.PersonRaisesEndpoint.as_view(), name="api-person-raises"),
    path("limit-raises/<uuid:raise_id>/", api_rules.RaiseEndpoint.as_view(), name="api-limit-raise"),
    path("rule-trials/", api_rules.TrialsEndpoint.as_view(), name="api-rule-trials"),
    path("rule-trials/<uuid:rule_id>/", api_rules.TrialEndpoint.as_view(), name="api-rule-trial"),
    path("rule-trials/<uuid:rule_id>/switch/", api_rules.TrialSwitchEndpoint.as_view(), name="api-rule-trial-switch"),
    path("card-requests/", api_controls.RequestsEndpoint.as_view(), name="api-card-requests"),
    path("card-requests/<uuid:request_id>/", api_controls.RequestEndpoint.as_view(), name="api-card-request"),
    path(
        "card-requests/<uuid:request_id>/grant/",
        api_controls.RequestGrantEndpoint.as_view(),
        name="api-card-request-grant",
    ),
    path(
        "card-requests/<uuid:request_id>/refusal/",
        api_controls.RequestRefusalEndpoint.as_view(),
        name="api-card-request-refusal",
    ),
    path(
        "authorizations/<uuid:authorization_id>/allowance/",
        api_controls.AllowanceEndpoint.as_view(),
        name="api-allowance",
    ),
    path("cards/<uuid:card_id>/wallet/", api_wallet.CardWalletEndpoint.as_view(), name="api-card-wallet"),
    path("simulator/purchases/", api_simulator.SimulatorPurchasesEndpoint.as_view(), name="api-simulator-purchases"),
    path("simulator/messages/", api_simulator.SimulatorMessagesEndpoint.as_view(), name="api-simulator-messages"),
    path("simulator/stories/", api_simulator.SimulatorStoriesEndpoint.as_view(), name="api-simulator-stories"),
    path("simulator/days/", api_simulator.SimulatorDaysEndpoint.as_view(), name="api-simulator-days"),
    path("cards/<uuid:card_id>/activation/", api_life.CardActivationEndpoint.as_view(), name="api-card-activation"),
    path("cards/<uuid:card_id>/replacement/", api_life.CardReplacementEndpoint.as_view(), name="api-card-replacement"),
    path("cards/<uuid:card_id>/loss/", api_life.CardLossEndpoint.as_view(), name="api-card-loss"),
    path("cards/<uuid:card_id>/closing/", api_life.CardClosingEndpoint.as_view(), name="api-card-closing"),
    path(
        "cards/<uuid:card_id>/subscription/",
        api_life.CardSubscriptionEndpoint.as_view(),
        name="api-card-subscription",
    ),
    path("subscriptions/", api_life.SubscriptionsEndpoint.as_view(), name="api-subscriptions"),
    path("cards/<uuid:card_id>/period/", api_life.CardPeriodEndpoint.as_view(), name="api-card-period"),
    path("consents/", api_life.ConsentsEndpoint.as_view(), name="api-consents"),
    path("card-files/", api_life.BatchesEndpoint.as_view(), name="api-card-files"),
    path("card-files/<uuid:batch_id>/", api_life.BatchEndpoint.as_view(), name="api-card-file"),
    path("card-files/<uuid:batch_id>/start/", api_life.BatchStartEndpoint.as_view(), name="api-card-file-start"),
    path("card-files/<uuid:batch_id>/lines/", api_life.BatchRowsEndpoint.as_view(), name="api-card-file-lines"),
    path("disputes/", api_disputes.DisputesEndpoint.as_view(), name="api-disputes"),
    path("disputes/<uuid:dispute_id>/", api_disputes.DisputeEndpoint.as_view(), name="api-dispute"),
    path(
        "disputes/<uuid:dispute_id>/withdrawal/",
        api_disputes.WithdrawalEndpoint.as_view(),
        name="api-dispute-withdrawal",
    ),
    path("disputes/<uuid:dispute_id>/evidence/", api_disputes.EvidenceEndpoint.as_view(), name="api-dispute-evidence"),
    path("card-acts/", api_bulk.CardBulksEndpoint.as_view(), name="api-card-acts"),
    path("card-acts/<uuid:card_bulk_id>/", api_bulk.CardBulkEndpoint.as_view(), name="api-card-act"),
    path(
        "card-acts/<uuid:card_bulk_id>/results/", api_bulk.CardBulkRowsEndpoint.as_view(), name="api-card-act-results"
    ),
    path("card-acts/<uuid:card_bulk_id>/undo/", api_bulk.CardBulkUndoEndpoint.as_view(), name="api-card-act-undo"),
    path("issuer-funds/", api_funds.FundsEndpoint.as_view(), name="api-issuer-funds"),
    path("issuer-differences/", api_drift.DriftsEndpoint.as_view(), name="api-drifts"),
    path("issuer-differences/looks/", api_drift.DriftLookEndpoint.as_view(), name="api-drift-looks"),
    path(
        "issuer-differences/<uuid:drift_id>/remedy/", api_drift.DriftRemedyEndpoint.as_view(), name="api-drift-remedy"
    ),
    path("authorizations/", api.AuthorizationsEndpoint.as_view(), name="api-authorizations"),
    path("authorizations/<uuid:authorization_id>/", api.AuthorizationEndpoint.as_view(), name="api-authorization"),
]
